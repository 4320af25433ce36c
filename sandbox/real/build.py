"""Programs built from Go modules, kept in the user's cache. A program that is there under its name is whole: drafts are renamed once they run."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

from sandbox.processes import signal_groups, spawn
from sandbox.real import cache, golang
from sandbox.real.catalogue import Built
from sandbox.state import SandboxError

Say = Callable[[str], None]
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


def ensure(program: Built, say: Say) -> Path:
    """Return the program, building it when it is missing or damaged. Raises SandboxError, in one line."""
    path = place(program)
    if works(program, path):
        return path
    with cache.locked(path.parent, lambda: say(f"waiting for another process that builds {program.name}")):
        if not works(program, path):
            _build(program, path, say)
    return path


def place(program: Built) -> Path:
    """Return where the program belongs: a path that changes with its sources, its flags and the machine."""
    sources = [(program.folder / name).read_bytes() for name in ("go.mod", "go.sum")]
    machine = os.uname().machine
    return cache.root() / cache.key([*sources, program.package, *program.flags, "linux", _MACHINES.get(machine, machine)]) / program.name


def works(program: Built, path: Path) -> bool:
    """Tell whether the program is there, whole, and of the version that it is to be."""
    return path.exists() and program.version.removeprefix("v") in (cache.answer(path, program.asked) or "")


def _build(program: Built, path: Path, say: Say) -> None:
    go = golang.ensure(program)
    say(f"building {program.name} {program.version}, {program.takes} the first time")
    draft, log = path.with_name(f"{cache.DRAFT}{program.name}"), path.with_suffix(".log")
    code = _run([str(go), "-C", str(program.folder), "build", *program.flags, "-o", str(draft), program.package], log)
    if code or not works(program, draft):
        raise SandboxError(
            f"Could not build {program.name} {program.version}: {_last_words(log, code)}: the whole output is in {log}; mend that, then try again"
        )
    draft.rename(path)


def _run(command: list[str], log: Path) -> int:
    """Run a build that ends when this process does, however that is."""
    process = spawn(command, golang.environment(), log)
    try:
        return process.wait()
    finally:
        if process.returncode is None:
            signal_groups([process.pid], signal.SIGKILL)
            process.wait()


def _last_words(log: Path, code: int) -> str:
    """Return the line that tells most: the last one that is not about a download."""
    lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip() and not line.startswith("go: downloading")]
    return lines[-1].strip() if code and lines else f"go ended with exit code {code}" if code else "what was built does not run"
