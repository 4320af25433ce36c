"""Starting and ending a supervisor, seen from the command line."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox import state as statedir
from sandbox.plan import Plan, base_environment
from sandbox.processes import SUPERVISOR, kill_marked, supervisors, tail
from sandbox.state import SandboxError, State

ENDING_SECONDS = 120.0
WAITING_SECONDS = 3600.0
CALL_SECONDS = 10.0

Say = Callable[[str], None]


@contextmanager
def claimed(directory: Path, say: Say) -> Iterator[None]:
    """Make the directory a sandbox's and hold it against other commands that change it; begin again when a `down` deletes it meanwhile."""
    while True:
        statedir.claim(directory)
        with command_lock(directory, say) as there:
            if there:
                yield
                return


@contextmanager
def command_lock(directory: Path, say: Say) -> Iterator[bool]:
    """Hold the directory against other commands that change it; yield False when there is no sandbox in it (any more)."""
    lock = _take_command_lock(directory, say)
    try:
        yield lock is not None
    finally:
        if lock is not None:
            os.close(lock)


def _take_command_lock(directory: Path, say: Say) -> int | None:
    for seconds in (0.0, WAITING_SECONDS):
        if not statedir.is_sandbox(directory):
            return None
        try:
            lock = statedir.take_lock(directory, statedir.COMMAND_LOCK, seconds=seconds)
        except FileNotFoundError:
            return None
        except PermissionError as error:
            raise SandboxError(f"State directory {directory} cannot be written: {error.strerror}: name another with --state") from error
        if lock is not None:
            return lock
        say(f"waiting for another command that works on {directory}")
    raise SandboxError(f"Another command has worked on {directory} for an hour: end it, then try again")


def start(directory: Path, plan: Plan, progress: Callable[[State], None]) -> State:
    """Start a supervisor and return the state once every part is ready. The caller holds the command lock.

    Raise SandboxError with the reason when a part fails. When this process ends before that, however it ends, everything ends with it.
    """
    lock = statedir.take_lock(directory, statedir.DAEMON_LOCK, seconds=ENDING_SECONDS)
    if lock is None:
        raise SandboxError(f"An earlier supervisor in {directory} does not end: `python -m sandbox down` ends it by force")
    ours, theirs = socket.socketpair()
    daemon = _spawn_daemon(directory, theirs.fileno(), lock)
    theirs.close()
    os.close(lock)
    try:
        _converse(directory, ours, plan, progress)
    except SandboxError:
        daemon.wait(ENDING_SECONDS)
        raise
    except KeyboardInterrupt:
        _call_off(directory, ours, daemon)
        raise
    return statedir.read(directory)


def _spawn_daemon(directory: Path, descriptor: int, lock: int) -> subprocess.Popen[bytes]:
    """Start the supervisor in a session of its own. It inherits the lock, so there is no moment in which nobody holds it."""
    log = directory / "logs" / "supervisor.log"
    log.parent.mkdir(mode=0o700, exist_ok=True)
    argv = [sys.executable, "-m", SUPERVISOR, str(directory), str(descriptor), str(lock)]
    with open(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as output:
        return subprocess.Popen(
            argv,
            cwd=statedir.ROOT,
            env=base_environment(),
            pass_fds=(descriptor, lock),
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )


def _converse(directory: Path, ours: socket.socket, plan: Plan, progress: Callable[[State], None]) -> None:
    """Hand over the plan, pass on what the supervisor tells, let it go when all is up."""
    with ours.makefile("rw") as channel:
        channel.write(plan.to_json() + "\n")
        channel.flush()
        for message in map(json.loads, channel):
            if message["event"] == "up":
                ours.sendall(b"detached\n")
                return
            if message["event"] == "failed":
                raise SandboxError(message["why"])
            progress(message)
    raise SandboxError(f"The supervisor ended without a word{tail(directory / 'logs' / 'supervisor.log')}")


def _call_off(directory: Path, ours: socket.socket, daemon: subprocess.Popen[bytes]) -> None:
    """End a sandbox that is not up yet and leave nothing behind."""
    ours.close()
    daemon.wait(ENDING_SECONDS)
    statedir.remove(directory)


def end_daemon(directory: Path) -> None:
    """Ask the supervisor to end and wait; end it by force when it does not. Return when the directory has none."""
    for pid in supervisors(directory):
        _end_supervisor(directory, pid)
    lock = statedir.take_lock(directory, statedir.DAEMON_LOCK, seconds=ENDING_SECONDS)
    if lock is None:
        raise SandboxError(f"The supervisor in {directory} does not end: end the process that holds {directory / statedir.DAEMON_LOCK}, then try again")
    os.close(lock)


def _end_supervisor(directory: Path, pid: int) -> None:
    """Signal by descriptor: being a supervisor still, after the descriptor was opened, says that it is not a later process with the same number."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        for number in (signal.SIGTERM, signal.SIGKILL):
            if pid in supervisors(directory):
                signal.pidfd_send_signal(process, number)
                select.select([process], [], [], ENDING_SECONDS)
    except ProcessLookupError:
        return
    finally:
        os.close(process)


def sweep(directory: Path, remove_hosts: Callable[[Path], None]) -> None:
    """Remove what a supervisor that was killed could not: processes with its mark, containers and their network."""
    kill_marked(directory)
    remove_hosts(directory)


def call(method: str, url: str, *, body: Any = None, ca: str | None = None, token: str | None = None) -> Any:
    """Send one JSON request to a part of the sandbox, never through a proxy, and return the answer; None when it is empty."""
    context = ssl.create_default_context(cafile=ca) if url.startswith("https:") else None
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    data = None if body is None else json.dumps(body).encode()
    try:
        with opener.open(urllib.request.Request(url, data, headers, method=method), timeout=CALL_SECONDS) as answer:
            text = answer.read()
    except urllib.error.HTTPError as error:
        raise SandboxError(f"{method} {url} was answered with {error.code} {error.reason}: {error.read(500).decode(errors='replace')}") from error
    except OSError as error:
        raise SandboxError(f"{method} {url} was not answered: {getattr(error, 'reason', error)}") from error
    return json.loads(text) if text.strip() else None


def ailing(state: State) -> dict[str, str]:
    """Return the parts that do not answer on their health path, with what came instead."""
    found = {}
    for name in ("aws", "kubernetes"):
        part = state.get(name)
        if part is None:
            continue
        try:
            call("GET", f"{part['url']}/_sandbox/health", ca=part.get("ca"))
        except SandboxError as error:
            found[name] = str(error)
    return found
