"""Programs that Debian packages: on PATH, else unpacked from their packages into the cache. Nothing is installed, so no service is started."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from sandbox.real import assets, cache
from sandbox.real.catalogue import Built, Packaged
from sandbox.state import SandboxError

Say = Callable[[str], None]
APT_SECONDS = 300.0


def ensure(program: Packaged, say: Say) -> Path:
    """Return the program, unpacked into the cache. Raises SandboxError, in one line, where it is not to be had."""
    path = cache.root() / cache.key([*program.packages, os.uname().machine, _system()]) / program.name
    if works(program, path):
        return path
    with cache.locked(path.parent, lambda: say(f"waiting for another process that unpacks {program.name}")):
        if not works(program, path):
            say(f"unpacking {program.packages[0]}")
            _unpack(program, path)
    return path


def installed(program: Built | Packaged) -> Path | None:
    """Return the program of the machine's own, where there is one that serves as well."""
    found = shutil.which(program.name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/bin") if program.oldest else None
    return Path(found) if found and works(program, Path(found)) else None


def works(program: Built | Packaged, path: Path) -> bool:
    """Tell whether the program is there, runs, and is new enough."""
    return assets.suffices(program, assets.version((cache.answer(path, program.asked) if path.exists() else None) or ""))


def _system() -> str:
    """Return what names the distribution and its release, for a home directory that several machines share."""
    release = Path("/etc/os-release")
    return release.read_text(encoding="utf-8") if release.exists() else ""


def _unpack(program: Packaged, path: Path) -> None:
    tree = path.parent / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        _download(program, Path(folder))
        for package in sorted(Path(folder).glob("*.deb")):
            _run(program, ["dpkg-deb", "-x", str(package), str(tree)], folder)
    _write_start(program, path, tree)
    if not works(program, path):
        raise SandboxError(f"{program.name} out of Debian's {program.packages[0]} does not run here: {program.remedy}")


def _download(program: Packaged, folder: Path) -> None:
    """Download the packages; with fresh lists when the machine has none, which takes root."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise SandboxError(f"There is no {program.name} on PATH, and no apt-get to fetch it with: {program.remedy}")
    try:
        _run(program, ["apt-get", "-q", "download", *program.packages], str(folder))
    except SandboxError:
        if os.geteuid() != 0:
            raise
        _run(program, ["apt-get", "-q", "update"], str(folder))
        _run(program, ["apt-get", "-q", "download", *program.packages], str(folder))


def _run(program: Packaged, command: list[str], folder: str) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=APT_SECONDS, stdin=subprocess.DEVNULL, check=False)
    except subprocess.TimeoutExpired as error:
        raise SandboxError(f"There is no {program.name} on PATH, and {command[0]} took more than {APT_SECONDS:g} s: {program.remedy}") from error
    if done.returncode:
        why = (done.stderr or done.stdout).strip().splitlines()
        raise SandboxError(f"There is no {program.name} on PATH, and {command[0]} failed ({why[-1] if why else done.returncode}): {program.remedy}")


def _write_start(program: Packaged, path: Path, tree: Path) -> None:
    """Write the script that starts the program with the libraries that came along."""
    libraries = ":".join(sorted({str(file.parent) for file in tree.rglob("*.so*")}))
    start = f'LD_LIBRARY_PATH={libraries}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}} exec -a {program.name} {tree}/usr/bin/{program.name} "$@"\n'
    draft = path.with_name(f"{cache.DRAFT}{program.name}")
    draft.write_text(f"#!/bin/bash\n{start}", encoding="utf-8")
    draft.chmod(0o700)
    draft.rename(path)
