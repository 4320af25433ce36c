"""Processes of a sandbox: started so that they die with their parent, found by their mark, ended by their group. Linux only."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from sandbox.plan import PART_VARIABLE
from sandbox.state import ROOT, VARIABLE, SandboxError

SUPERVISOR = "sandbox.supervisor"
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
KILL_SECONDS = 5.0
POLL_SECONDS = 0.03
TAIL_LINES = 6
LIBC = ctypes.CDLL(None, use_errno=True)


def adopt_orphans() -> None:
    """Make orphaned descendants of this process its children (PR_SET_CHILD_SUBREAPER)."""
    LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def spawn(argv: list[str], env: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, its output in a fresh log file, that dies when this process does."""
    log.parent.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    try:
        return subprocess.Popen(
            argv, env=env, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=descriptor, stderr=descriptor, start_new_session=True, preexec_fn=_die_with(os.getpid())
        )
    except OSError as error:
        raise SandboxError(f"Could not start {argv[0]}: {error.strerror}") from error
    finally:
        os.close(descriptor)


def _die_with(parent: int) -> Callable[[], None]:
    """Return what a child runs before exec: ask for SIGKILL at the parent's death, and go at once if that has already come."""

    def ask() -> None:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask


def reap_children() -> Iterator[tuple[int, int]]:
    """Yield (pid, exit code) of every dead child; a code below zero is a signal."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        yield pid, os.waitstatus_to_exitcode(status)


def signal_groups(groups: Iterable[int], number: signal.Signals) -> None:
    """Signal process groups; one that is gone has what it was to get."""
    for group in groups:
        try:
            os.killpg(group, number)
        except ProcessLookupError:
            continue


def supervisors(directory: Path) -> list[int]:
    """Return the pids of supervisors of this directory, by their command line: it holds when the directory was deleted under them, too."""
    words = ["-m", SUPERVISOR, str(directory)]
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal() and _words(entry / "cmdline")[1:4] == words]


def marked_processes(directory: Path) -> list[int]:
    """Return the pids of this user's processes that carry the mark of a part of this sandbox in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and {f"{VARIABLE}={directory}", PART_VARIABLE} <= _marks(entry / "environ"):
            found.append(int(entry.name))
    return found


def _marks(environ: Path) -> set[str]:
    """Return the environment of a process as NAME=VALUE texts, the part's mark as its bare name."""
    return {PART_VARIABLE if word.startswith(f"{PART_VARIABLE}=") else word for word in _words(environ)}


def _words(file: Path) -> list[str]:
    """Return the words of a file of /proc; none when the process is gone or not ours."""
    try:
        return file.read_bytes().decode(errors="surrogateescape").split("\0")
    except OSError:
        return []


def kill_marked(directory: Path) -> None:
    """End what carries our mark and escaped its group or its daemon; come back when it is gone."""
    deadline = time.monotonic() + KILL_SECONDS
    while (pids := marked_processes(directory)) and time.monotonic() < deadline:
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        list(reap_children())
        time.sleep(POLL_SECONDS)


def watch_signals(stop: Callable[[], None]) -> socket.socket:
    """Return a socket that becomes readable at every signal; call stop() at those that ask us to end."""
    readable, writable = socket.socketpair()
    for end in (readable, writable):
        end.setblocking(False)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writable.detach(), warn_on_full_buffer=False)
    return readable


def announcement(log: Path, keyword: str) -> str | None:
    """Return what follows the keyword on the first whole line of the log that begins with it."""
    for line in log.read_text(errors="replace").splitlines(keepends=True):
        if line.startswith(f"{keyword} ") and line.endswith("\n"):
            return line.removeprefix(f"{keyword} ").strip()
    return None


def tail(log: Path) -> str:
    """Return the last lines of a log as an indented block, to follow a sentence."""
    lines = log.read_text(errors="replace").splitlines()[-TAIL_LINES:]
    return ":" + "".join(f"\n    {line}" for line in lines) if lines else " and said nothing"


def exit_text(code: int) -> str:
    """`exit code 3`, or `signal SIGKILL`."""
    return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
