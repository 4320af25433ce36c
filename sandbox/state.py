"""The state directory: where a sandbox keeps everything it knows, and the locks that say who may touch it.

Two locks, both held as long as their file descriptor is open, so that neither a crash nor a reboot leaves one behind:
COMMAND_LOCK serialises `up`, `down` and `reset`; DAEMON_LOCK is held by the supervisor for its whole life, so "does a sandbox run here?"
never depends on a process id that may have been given to somebody else.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VARIABLE = "FLEETOPS_SANDBOX_STATE"
COMMAND_LOCK = ".lock"
DAEMON_LOCK = ".daemon.lock"
STATE_FILE = "state.json"
POLL_SECONDS = 0.02

State = dict[str, Any]


class SandboxError(Exception):
    """Something the user can act on; its text is the whole message."""


def locate(option: str | None, environ: Mapping[str, str] | None = None) -> Path:
    """Return the state directory as an absolute path: the option, else $FLEETOPS_SANDBOX_STATE, else .cache/sandbox in the checkout."""
    environ = os.environ if environ is None else environ
    return Path(option or environ.get(VARIABLE) or ROOT / ".cache" / "sandbox").expanduser().absolute()


def claim(directory: Path) -> None:
    """Make the directory this user's own, mode 0700. Refuse one that holds other things: `down` will empty it."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if not is_sandbox(directory) and any(directory.iterdir()):
            raise SandboxError(f"State directory {directory} is not empty and holds no sandbox: name an empty or a new one with --state")
        directory.chmod(0o700)
        os.close(_open_lock(directory / COMMAND_LOCK))
    except OSError as error:
        raise SandboxError(f"State directory {directory} cannot be written: {error.strerror}: name another with --state") from error


def is_sandbox(directory: Path) -> bool:
    """Tell whether `up` has claimed this directory."""
    return (directory / COMMAND_LOCK).is_file()


def clear(directory: Path) -> None:
    """Delete everything in a sandbox's directory but the command lock, which marks it as ours."""
    for entry in [entry for entry in directory.iterdir() if entry.name != COMMAND_LOCK]:
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink(missing_ok=True)


def remove(directory: Path) -> None:
    """Delete a sandbox's directory; do nothing when it is not one. The caller holds the command lock."""
    if is_sandbox(directory):
        clear(directory)
        (directory / COMMAND_LOCK).unlink()
        with contextlib.suppress(OSError):  # an `up` that waited for the lock may have claimed the directory anew
            directory.rmdir()


def read(directory: Path) -> State:
    """Return what state.json holds; empty when there is none or it is damaged, which is what a full disk leaves."""
    try:
        found = json.loads((directory / STATE_FILE).read_text())
    except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError):
        return {}
    except OSError as error:
        raise SandboxError(f"Could not read {directory / STATE_FILE}: {error.strerror}") from error
    return found if isinstance(found, dict) else {}


def write(directory: Path, values: Mapping[str, Any]) -> None:
    """Replace state.json in one step, mode 0600."""
    write_private(directory / STATE_FILE, json.dumps(values, indent=1) + "\n")


def update(directory: Path, **changes: Any) -> State:
    """Write the changes over what state.json holds now and return the whole."""
    values = {**read(directory), **changes}
    write(directory, values)
    return values


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step by one that only its owner may read; its directory is made when missing."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    draft.rename(path)


def take_lock(directory: Path, name: str, *, seconds: float) -> int | None:
    """Return a descriptor that holds the lock until it is closed, or None when another held it all that time. Missing directory: FileNotFoundError."""
    deadline = time.monotonic() + seconds
    while True:
        descriptor = _open_lock(directory / name)
        if _try_lock(descriptor) and is_current(descriptor, directory / name):
            return descriptor
        os.close(descriptor)
        if time.monotonic() >= deadline:
            return None
        time.sleep(POLL_SECONDS)


def is_running(directory: Path) -> bool:
    """Tell whether a supervisor lives for this directory, starting and stopping included."""
    try:
        descriptor = os.open(directory / DAEMON_LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise SandboxError(f"State directory {directory} cannot be read: {error.strerror}") from error
    try:
        return not _try_lock(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def _open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _try_lock(descriptor: int, kind: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_current(descriptor: int, path: Path) -> bool:
    """Tell whether the locked file is still the one at this path: `down` deletes the file while others wait for it."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
