"""The command line's words: options, tables, and what a shell gets."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from sandbox import cli, fleet, launch, views
from sandbox import state as statedir

STATE = {
    "pid": 1,
    "status": "running",
    "aws": {"url": "http://127.0.0.1:1", "pid": 2},
    "kubernetes": {"url": "https://127.0.0.1:2", "pid": 3, "ca": "/s/ca.crt"},
    "control_token": "secret-token",
    "network": None,
    "hosts": {},
    "hosts_left_out": "no engine: install one",
}


@pytest.mark.parametrize(
    ("words", "hosts"),
    [([], fleet.HOSTS), (["--no-hosts"], ()), (["--hosts", "a, b-1,a"], ("a", "b-1"))],
)
def test_hosts_by_option(words: list[str], hosts: tuple[str, ...]) -> None:
    assert cli.parser().parse_args(["up", *words]).hosts == hosts


@pytest.mark.parametrize(
    "words",
    [
        *(["--hosts", names] for names in ("", "A", "-a", "a;b", "a..b")),
        ["--delay", "-1"],
        ["--delay", "soon"],
        ["--aws-port", "70000"],
        ["--hosts", "a", "--no-hosts"],
        ["--kubernetes", "other"],
    ],
)
def test_wrong_options_are_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refusal:
        cli.parser().parse_args(["up", *words])
    assert refusal.value.code == cli.USAGE
    assert words[0] in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--state", "/s", "down"], ["down", "--state", "/s"]])
def test_state_before_and_after_the_command(words: list[str]) -> None:
    assert cli.parser().parse_args(words).state == "/s"


def test_the_summary_says_where_things_are_and_how_to_stop(tmp_path: Path) -> None:
    text = views.summary(tmp_path, STATE, {"aws": "was not answered"})
    assert "http://127.0.0.1:1  was not answered\n" in text
    assert "none: no engine: install one\n" in text
    assert "sandbox-nonprod (111122223333), sandbox-prod (444455556666)" in text
    assert text.endswith(f"python -m sandbox down --state {tmp_path}")
    assert "secret-token" not in text


def test_status_of_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["status", "--state", str(tmp_path / "none")]) == cli.NOT_RUNNING
    assert capsys.readouterr().out == f"nothing runs in {tmp_path / 'none'}\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["env", "logs", "reset"])
def test_commands_that_need_a_sandbox_say_how_to_get_one(tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([command, "--state", str(tmp_path)]) == cli.NOT_RUNNING
    assert capsys.readouterr().err == f"nothing runs in {tmp_path}: `python -m sandbox up --state {tmp_path}` starts it\n"


def test_a_directory_of_others_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.txt").write_text("")
    assert cli.main(["up", "--no-hosts", "--state", str(tmp_path)]) == cli.FAILED
    assert capsys.readouterr().err.startswith(f"error: State directory {tmp_path} is not empty")


def test_env_is_what_a_shell_can_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    directory = tmp_path / "it's here"
    monkeypatch.setattr(cli, "running_state", lambda _directory: STATE)
    for name, value in {
        "AWS_ENDPOINT_URL_EKS": "http://real",
        "AWS_PROFILE": "work",
        "AWS_PAGER": "less",
        "HTTPS_PROXY": "http://p",
        "AWS_SECRET_ACCESS_KEY": "k",
    }.items():
        monkeypatch.setenv(name, value)
    assert cli.main(["env", "--state", str(directory)]) == cli.DONE
    shell = subprocess.run(["sh", "-eu"], input=capsys.readouterr().out + "env", capture_output=True, text=True, check=True)
    found = dict(line.split("=", 1) for line in shell.stdout.splitlines() if "=" in line)
    assert found["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert found["AWS_CONFIG_FILE"] == f"{directory}/aws/config"
    assert found["AWS_SHARED_CREDENTIALS_FILE"] == f"{directory}/aws/credentials"
    assert found["AWS_EC2_METADATA_DISABLED"] == "true"
    assert found[statedir.VARIABLE] == str(directory)
    assert "127.0.0.1" in found["NO_PROXY"]
    assert found["AWS_PAGER"] == "less"
    assert not {"AWS_ENDPOINT_URL_EKS", "AWS_PROFILE", "AWS_SECRET_ACCESS_KEY"} & set(found)


def test_env_keeps_a_profile_of_the_sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(cli, "running_state", lambda _directory: STATE)
    monkeypatch.setenv("AWS_PROFILE", "sandbox-prod")
    cli.main(["env", "--state", str(tmp_path)])
    assert "AWS_PROFILE" not in capsys.readouterr().out


def test_logs_are_prefixed_when_there_are_several_and_hold_whole_lines(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "aws.log").write_text("one\ntwo\nthr")
    (tmp_path / "logs" / "kubernetes.log").write_text("three\n")
    assert list(views.log_lines(tmp_path, ["aws"], follow=False)) == ["one\n", "two\n"]
    assert list(views.log_lines(tmp_path, ["aws", "kubernetes"], follow=True)) == ["aws          | one\n", "aws          | two\n", "kubernetes   | three\n"]


def test_ailing_names_the_part_that_does_not_answer() -> None:
    found = launch.ailing({"aws": {"url": "http://127.0.0.1:1"}})
    assert found == {"aws": "GET http://127.0.0.1:1/_sandbox/health was not answered: [Errno 111] Connection refused"}


@pytest.mark.parametrize("words", [["--state", "/s", "aws", "--port", "7", "-h"], ["aws", "--state", "/s", "--port", "7", "-h"]])
def test_foreground_parts_get_their_options_untouched(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[str, list[str]]] = []

    def hear(name: str, argv: list[str]) -> int:
        heard.append((name, argv))
        return cli.DONE

    monkeypatch.setattr(cli, "_foreground", hear)
    assert cli.main(words) == cli.DONE
    assert heard == [("aws", ["--state", "/s", "--port", "7", "-h"])]


def test_unknown_options_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refusal:
        cli.main(["down", "--force"])
    assert refusal.value.code == cli.USAGE
    assert "unrecognized arguments: --force" in capsys.readouterr().err
