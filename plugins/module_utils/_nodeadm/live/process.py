# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running a program for a limited time, and one run on a host at a time. Runs on the host: Python 3.9, standard library."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pathlib
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import FleetopsError

PAUSE = 0.5
"""Seconds between two tries to get the host for oneself."""


@dataclass(frozen=True)
class Ended:
    """How a program ended: its exit code, None where it was killed at its limit, and what it wrote to stderr."""

    code: int | None
    stderr: bytes


def run_limited(argv: list[str], *, environment: Mapping[str, str], limit: float, keep: tuple[int, ...] = ()) -> Ended:
    """Run a program, and everything it starts, for at most `limit` seconds. File descriptors in `keep` stay open in it.

    What it says goes to memory and not through a pipe: a daemon that it leaves behind would hold a pipe open, and its log is too secret for a disk.
    """
    memory = os.memfd_create("stderr")
    with open(memory, "w+b") as log:
        process = subprocess.Popen(  # pylint: disable=ansible-bad-function # run_command knows no time limit and no process group
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log, env=dict(environment), start_new_session=True, pass_fds=keep
        )
        code = _wait(process, limit)
        log.seek(0)
        return Ended(code, log.read())


def _wait(process: subprocess.Popen[bytes], limit: float) -> int | None:
    try:
        return process.wait(limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return None


@contextlib.contextmanager
def alone(path: pathlib.Path, *, patience: float) -> Iterator[int]:
    """Hold the host against other runs and yield the lock's descriptor; a program that gets it holds the lock as long as it lives.

    So a run that was killed, and whose nodeadm works on, is waited for: two at once would register the host twice.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _take(lock, path, patience)
        yield lock
    finally:
        os.close(lock)


def _take(lock: int, path: pathlib.Path, patience: float) -> None:
    end = time.monotonic() + patience
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                text = f"Another run has worked on this host for {patience:.0f} s; it holds {path}."
                raise FleetopsError(text, remedy=f"Let it end, or end it (fuser {path} names it), and run again.") from None
        time.sleep(PAUSE)
