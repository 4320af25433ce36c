"""Which engine is chosen, with programs of our own on the search path in place of podman and docker."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.hosts import engine
from sandbox.hosts.engine import CONTAINERS_CONF, Engine, EngineError, NoEngine, can_install, find_engine

WORKS = "#!/bin/sh\necho linux\n"
FAILS = "#!/bin/sh\necho first line >&2\necho Cannot connect to the Docker daemon >&2\nexit 1\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


def put(folder: Path, **programs: str) -> dict[str, str]:
    """Put programs on the search path and return the environment."""
    for name, text in programs.items():
        (folder / name.replace("_", "-")).write_text(text)
        (folder / name.replace("_", "-")).chmod(0o755)
    return {"PATH": str(folder), "XDG_CACHE_HOME": str(folder.parent / "cache")}


def test_podman_is_taken_before_docker(path: Path, tmp_path: Path) -> None:
    found = find_engine(tmp_path / "state", env=put(path, podman=WORKS, docker=WORKS), uid=0)
    assert (found.name, found.executable) == ("podman", str(path / "podman"))


def test_podman_gets_settings_of_our_own_below_the_state_directory(path: Path, tmp_path: Path) -> None:
    found = find_engine(tmp_path / "state", env=put(path, podman=WORKS), uid=0)
    conf = tmp_path / "state/hosts/containers.conf"
    assert found.env["CONTAINERS_CONF"] == str(conf)
    assert conf.read_text() == CONTAINERS_CONF


def test_without_a_state_directory_the_settings_are_in_the_cache(path: Path, tmp_path: Path) -> None:
    found = find_engine(env=put(path, podman=WORKS), uid=0)
    assert found.env["CONTAINERS_CONF"] == str(tmp_path / "cache/fleetops-eks/containers.conf")


def test_docker_serves_whom_podman_cannot(path: Path, tmp_path: Path) -> None:
    found = find_engine(tmp_path, env=put(path, podman=WORKS, docker=WORKS), uid=1000)
    assert found.name == "docker"
    assert "CONTAINERS_CONF" not in found.env


@pytest.mark.parametrize(
    ("programs", "uid", "words"),
    [
        ({}, 0, ("podman is not installed", "docker is not installed")),
        ({"docker": FAILS}, 0, ("the Docker daemon does not answer (Cannot connect to the Docker daemon)",)),
        ({"docker": "#!/bin/sh\nexit 0\n"}, 0, ("the Docker daemon does not answer (no message)",)),
        ({"podman": WORKS}, 1000, ("podman without root has no network that this machine can reach",)),
        ({"podman": FAILS}, 0, ("podman does not answer",)),
    ],
    ids=["nothing installed", "a client without a daemon", "a client that says nothing", "rootless podman", "podman that fails"],
)
def test_no_engine_is_one_line_with_reasons_and_a_remedy(path: Path, tmp_path: Path, programs: dict[str, str], uid: int, words: tuple[str, ...]) -> None:
    with pytest.raises(NoEngine) as caught:
        find_engine(tmp_path, env=put(path, **programs), uid=uid)
    text = str(caught.value)
    assert "\n" not in text
    assert all(word in text for word in words)
    assert text.endswith(engine.REMEDY)


@pytest.mark.parametrize(("programs", "uid", "able"), [({"apt_get": WORKS}, 0, True), ({"apt_get": WORKS}, 1000, False), ({}, 0, False)])
def test_packages_are_installed_by_root_with_apt_only(path: Path, programs: dict[str, str], uid: int, able: bool) -> None:
    assert can_install(env=put(path, **programs), uid=uid) is able


def test_a_failed_command_names_itself_and_its_last_line(path: Path) -> None:
    put(path, docker=FAILS)
    with pytest.raises(EngineError, match=r"docker network create a failed: Cannot connect to the Docker daemon"):
        Engine("docker", str(path / "docker")).run("network", "create", "a")


def test_installing_can_be_forbidden(monkeypatch: pytest.MonkeyPatch, path: Path, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", put(path, apt_get=FAILS)["PATH"])
    with pytest.raises(NoEngine, match="not installed"):
        engine.ensure_engine(tmp_path, install=False)


def test_a_failed_installation_says_what_apt_said(monkeypatch: pytest.MonkeyPatch, path: Path, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", put(path, apt_get="#!/bin/sh\necho 'E: no network' >&2\nexit 100\n")["PATH"])
    monkeypatch.setattr("os.geteuid", lambda: 0)
    said: list[str] = []
    with pytest.raises(NoEngine, match=r"apt-get update failed \(E: no network\)"):
        engine.ensure_engine(tmp_path, say=said.append)
    assert said == ["installing podman through apt"]
