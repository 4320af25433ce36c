"""The user's cache of real programs: one directory for each content key, made under a lock, and what was half done in it removed."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from sandbox.state import SandboxError

DRAFT = ".draft-"
ASK_SECONDS = 60.0


def root() -> Path:
    """Return the directory of all real programs of this user."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base and os.path.isabs(base) else Path.home() / ".cache") / "fleetops-eks" / "real"


def key(parts: Iterable[bytes | str]) -> str:
    """Return the key of a content: equal parts, equal key."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(b"%d:" % len(data) + data)
    return digest.hexdigest()[:16]


@contextlib.contextmanager
def locked(directory: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold a directory of the cache, made when missing; `waiting` is called when another process holds it. Drafts of one that died are removed."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(directory / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SandboxError(f"The cache {directory} cannot be written: {error.strerror}: set XDG_CACHE_HOME to a directory that can") from error
    try:
        _lock(descriptor, waiting)
        for draft in directory.glob(f"{DRAFT}*"):
            shutil.rmtree(draft) if draft.is_dir() else draft.unlink()
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, waiting: Callable[[], None]) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        waiting()
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def answer(path: Path, asked: Iterable[str]) -> str | None:
    """Return what a program says of itself; None when it is not there, not whole, or does not run on this machine."""
    try:
        done = subprocess.run([path, *asked], capture_output=True, text=True, errors="replace", timeout=ASK_SECONDS, stdin=subprocess.DEVNULL, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return (done.stdout + done.stderr).strip() if done.returncode == 0 else None
