"""What `make bench-kubernetes` measured: said while it runs, then a table, with the machine that it was measured on."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.main_job import read

PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
BEGIN, END = "<!-- kubernetes: written by make bench-kubernetes -->", "<!-- kubernetes: end -->"


@dataclass
class Figures:
    """What one side came to. memory: clusters -> MiB of all. latencies: request -> (p50, p99) in seconds. wanted: how many clusters were
    asked for; limit: why there are fewer."""

    name: str
    starts: list[float] = field(default_factory=list)
    memory: dict[int, float] = field(default_factory=dict)
    latencies: dict[str, tuple[float, float]] = field(default_factory=dict)
    wanted: int = 0
    limit: str = ""

    @property
    def each(self) -> float:
        """MiB of each cluster after the first."""
        most = max(self.memory)
        return (self.memory[most] - self.memory[1]) / max(1, most - 1)

    def say(self, text: str) -> None:
        print(f"{self.name}: {text}", flush=True)

    def started(self, seconds: float) -> None:
        self.starts.append(seconds)
        self.say(f"start to ready: {seconds:.2f} s")

    def weighed(self, clusters: int, whole: float) -> None:
        self.memory[clusters] = whole
        self.say(f"memory of {clusters} clusters: {whole:.0f} MiB, {self.each:.2f} MiB for each after the first")

    def timed(self, what: str, seconds: list[float]) -> None:
        cuts = statistics.quantiles(seconds, n=100)
        self.latencies[what] = cuts[49], cuts[98]
        self.say(f"{what}: p50 {cuts[49] * 1000:.2f} ms, p99 {cuts[98] * 1000:.2f} ms")


def describe_machine() -> str:
    """Return the date and the machine in a line, with how busy it was: a busy one makes times long, and vary."""
    model = next((line.partition(b":")[2].strip().decode() for line in read(Path("/proc/cpuinfo")).splitlines() if line.startswith(b"model name")), "")
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    python, load = platform.python_version(), os.getloadavg()[0]
    return f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores of {model}, {memory:.0f} GiB, Python {python}, load {load:.1f} at the beginning."


def table(ours: Figures, theirs: Figures) -> list[str]:
    """Return a Markdown table of both sides."""
    lines = ["| | Embedded | Real |", "|---|---|---|"]
    starts = (f"{statistics.median(side.starts):.2f} s" for side in (ours, theirs))
    lines.append(f"| Start to ready, with the first cluster; median of {len(ours.starts)} | {' | '.join(starts)} |")
    for count in sorted({*ours.memory, *theirs.memory}):
        lines.append(f"| Memory with {count} | {' | '.join(memory(side, count) for side in (ours, theirs))} |")
    lines.append(f"| Each cluster after the first | {ours.each:.2f} MiB | {theirs.each:.0f} MiB |")
    for what in ours.latencies:
        cells = (" and ".join(f"{seconds * 1000:.2f}" for seconds in side.latencies[what]) for side in (ours, theirs))
        lines.append(f"| {what}, p50 and p99 in ms | {' | '.join(cells)} |")
    return lines


def memory(side: Figures, count: int) -> str:
    if count in side.memory:
        return f"{side.memory[count]:.0f} MiB"
    return f"ended at {max(side.memory)}: {side.limit}" if max(side.memory) < count <= side.wanted else ""


def write(report: Sequence[str]) -> None:
    """Put the report between the markers of the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, found, after = rest.partition(END)
    assert found, f"{PAGE} has no markers"
    PAGE.write_text("\n".join([f"{before}{BEGIN}", *report, f"{END}{after}"]), encoding="utf-8")
