"""Sandboxes of stand-in parts, each in a directory of its own, and the proof that nothing of them is left."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox import state as statedir

ROOT = Path(__file__).resolve().parents[3]
STAND_IN = Path(__file__).with_name("stand_in.py")
PATIENCE = 30.0


@dataclass(frozen=True)
class Lab:
    """One state directory and the commands that work on it."""

    directory: Path

    def run(self, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run `python -m sandbox` on this directory."""
        argv = [sys.executable, "-m", "sandbox", *words, "--state", str(self.directory)]
        return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False, **options)

    def up(self, plan: str = "servers", **options: Any) -> subprocess.CompletedProcess[str]:
        """Start the stand-ins of a plan."""
        return subprocess.run(self.up_command(plan), capture_output=True, text=True, timeout=120, check=False, **options)

    def up_command(self, plan: str = "servers") -> list[str]:
        return [sys.executable, str(STAND_IN), "up", str(self.directory), plan]

    def state(self) -> statedir.State:
        return statedir.read(self.directory)

    def processes(self) -> dict[int, str]:
        """Return pid → command line of every process that names the state directory in its command line or environment."""
        return {pid: words for pid, words in _all_processes() if str(self.directory) in words}

    def assert_no_process(self) -> None:
        until(lambda: not self.processes(), lambda: f"left over: {self.processes()}")


def _all_processes() -> Iterator[tuple[int, str]]:
    """Yield every process but those on their way out: a zombie has neither command line nor environment."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                yield int(entry.name), (entry / "cmdline").read_text() + (entry / "environ").read_bytes().decode(errors="replace")
            except OSError:
                continue


def until(condition: Callable[[], object], complaint: Callable[[], str] = lambda: "it never came to be") -> None:
    """Return as soon as the condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, complaint()
        time.sleep(0.02)
