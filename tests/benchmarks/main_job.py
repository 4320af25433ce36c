"""What the main job costs on this machine: time and peak memory of the sandbox's start, the first run of site.yml and the second.

Memory is the sum of the proportional set sizes (Pss) of the sandbox's processes and of Ansible's, sampled four times a second;
the hosts' containers are not part of it.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[2]
MARK = b"FLEETOPS_SANDBOX_STATE="


@dataclass
class Peak:
    """The most memory seen, in MiB."""

    state: pathlib.Path
    mebibytes: float = 0.0
    stopped: bool = False

    def watch(self) -> None:
        while not self.stopped:
            self.mebibytes = max(self.mebibytes, sum(pss(pid) for pid in self.processes()))
            time.sleep(0.25)

    def processes(self) -> list[int]:
        """Return the processes that carry the mark of this sandbox."""
        wanted = MARK + str(self.state).encode()
        return [int(entry.name) for entry in pathlib.Path("/proc").iterdir() if entry.name.isdigit() and wanted in read(entry / "environ")]


def read(path: pathlib.Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def pss(pid: int) -> float:
    lines = read(pathlib.Path(f"/proc/{pid}/smaps_rollup")).splitlines()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(b"Pss:")), 0.0)


def timed(what: str, action: Callable[[], None]) -> None:
    began = time.monotonic()
    action()
    print(f"{what}: {time.monotonic() - began:.1f} s", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--no-hosts", action="store_true")
    hosts = ["--no-hosts"] if parser.parse_args().no_hosts else []
    with tempfile.TemporaryDirectory() as folder:
        state = pathlib.Path(folder) / "sandbox"
        environment = {**os.environ, "FLEETOPS_SANDBOX_STATE": str(state)}
        peak = Peak(state)
        watcher = threading.Thread(target=peak.watch, daemon=True)
        watcher.start()

        def call(*command: str) -> None:
            subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)

        try:
            timed("sandbox up", lambda: call(sys.executable, "-m", "sandbox", "up", *hosts))
            timed("site.yml, from nothing", lambda: call("tools/converge.sh"))
            timed("site.yml, again", lambda: call("tools/converge.sh"))
        finally:
            peak.stopped = True
            call(sys.executable, "-m", "sandbox", "down")
        watcher.join()
        print(f"peak memory: {peak.mebibytes:.0f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
