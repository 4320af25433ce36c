"""The state directory: whose it is, what it holds, who may touch it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandbox import state as statedir
from sandbox.state import COMMAND_LOCK, DAEMON_LOCK, STATE_FILE, SandboxError


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    made = tmp_path / "deep" / "sandbox"
    statedir.claim(made)
    return made


@pytest.mark.parametrize(
    ("option", "environ", "expected"),
    [
        ("/a", {"FLEETOPS_SANDBOX_STATE": "/b"}, Path("/a")),
        (None, {"FLEETOPS_SANDBOX_STATE": "/b"}, Path("/b")),
        (None, {}, statedir.ROOT / ".cache" / "sandbox"),
        ("relative", {}, Path.cwd() / "relative"),
    ],
)
def test_option_beats_variable_beats_checkout(option: str | None, environ: dict[str, str], expected: Path) -> None:
    assert statedir.locate(option, environ) == expected


def test_a_claimed_directory_is_private(directory: Path) -> None:
    assert directory.stat().st_mode & 0o777 == 0o700
    assert statedir.is_sandbox(directory)


def test_claiming_again_is_no_error(directory: Path) -> None:
    statedir.write(directory, {})
    statedir.claim(directory)


def test_a_directory_with_other_things_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    tmp_path.chmod(0o755)
    with pytest.raises(SandboxError, match="is not empty and holds no sandbox: name an empty or a new one with --state"):
        statedir.claim(tmp_path)
    statedir.remove(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_a_directory_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SandboxError, match=r"file/below cannot be written: Not a directory: name another with --state$"):
        statedir.claim(tmp_path / "file" / "below")


def test_remove_deletes_everything(directory: Path) -> None:
    (directory / "logs").mkdir()
    (directory / "logs" / "aws.log").write_text("")
    statedir.remove(directory)
    assert not directory.exists()
    statedir.remove(directory)


def test_remove_does_not_follow_links(directory: Path, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (directory / "link").symlink_to(tmp_path / "precious")
    statedir.remove(directory)
    assert (tmp_path / "precious").is_dir()


def test_clear_keeps_the_lock_only(directory: Path) -> None:
    statedir.write(directory, {"pid": 1})
    statedir.clear(directory)
    assert [path.name for path in directory.iterdir()] == [COMMAND_LOCK]


def test_state_is_written_whole_and_private(directory: Path) -> None:
    statedir.write(directory, {"pid": 1, "control_token": "t"})
    assert statedir.update(directory, pid=2) == {"pid": 2, "control_token": "t"}
    assert statedir.read(directory) == {"pid": 2, "control_token": "t"}
    assert (directory / STATE_FILE).stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in directory.iterdir()) == [COMMAND_LOCK, STATE_FILE]


@pytest.mark.parametrize("text", ["", "{", "[]"])
def test_damaged_state_reads_as_none(directory: Path, text: str) -> None:
    (directory / STATE_FILE).write_text(text)
    assert statedir.read(directory) == {}


def test_no_state_reads_as_none(tmp_path: Path) -> None:
    assert statedir.read(tmp_path / "nowhere") == {}
    assert not statedir.is_running(tmp_path / "nowhere")


def test_one_holder_at_a_time(directory: Path) -> None:
    lock = statedir.take_lock(directory, DAEMON_LOCK, seconds=0)
    assert lock is not None
    assert statedir.is_running(directory)
    assert statedir.take_lock(directory, DAEMON_LOCK, seconds=0) is None
    os.close(lock)
    assert not statedir.is_running(directory)


def test_a_lock_on_a_deleted_file_is_no_lock(directory: Path) -> None:
    old = statedir.take_lock(directory, COMMAND_LOCK, seconds=0)
    (directory / COMMAND_LOCK).unlink()
    new = statedir.take_lock(directory, COMMAND_LOCK, seconds=0)
    assert old is not None
    assert new is not None
    assert os.path.samestat(os.fstat(new), (directory / COMMAND_LOCK).stat())
    for descriptor in (old, new):
        os.close(descriptor)
