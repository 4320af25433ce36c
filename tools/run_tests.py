"""Run every gate and every test, and end with one line that sums them: `N passed, N failed, N skipped`.

A gate (a linter, a build) counts as one test. A pytest part counts its tests, and every reason for a skip is printed.
The real programs that the sandbox is compared with take minutes to build the first time: that begins at once, beside the other parts.
Usage: run_tests.py [PART …]; without parts, all of them.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import subprocess
import sys
import time
from dataclasses import dataclass, field
from xml.etree import ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUTPUT = ROOT / ".cache" / "tests"


@dataclass(frozen=True)
class Part:
    """A command; `pytest` ones also write a JUnit file that is counted. `early` ones start before all others and are waited for in their place.
    `tells` ones end with a line worth showing."""

    name: str
    command: tuple[str, ...]
    pytest: bool = False
    early: bool = False
    tells: bool = False


@dataclass
class Tally:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    reasons: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.reasons += other.reasons

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def pytest(name: str, *paths: str, workers: int = 1) -> Part:
    parallel = ("-n", str(workers), "--dist", "worksteal") if workers > 1 else ()
    return Part(name, ("pytest", *paths, *parallel, "-rs", f"--junitxml={OUTPUT / name}.xml"), pytest=True)


PARTS = (
    Part("ruff", ("ruff", "check", ".")),
    Part("ruff-format", ("ruff", "format", "--check", ".")),
    Part("mypy", ("tools/mypy.sh",)),
    Part("yamllint", ("yamllint", "--strict", ".")),
    Part("ansible-lint", ("ansible-lint", "--offline", "-q")),
    Part("changelog", ("antsibull-changelog", "lint")),
    pytest("contracts", "tests/contracts"),
    pytest("unit", "tests/unit", workers=2),
    Part("sanity", ("tools/ansible_test.sh", "sanity", "--color", "no")),
    Part("build", ("tools/build.sh",)),
    pytest("integration", "tests/integration", workers=2),
    Part("real-programs", ("nice", "python", "-m", "sandbox.real.programs", "kube-apiserver", "etcd", "argocd", "redis-server"), early=True),
    Part("conformance", ("python", "-m", "tests.conformance", "tests/conformance", f"--junitxml={OUTPUT / 'conformance'}.xml"), pytest=True, tells=True),
    Part("molecule", ("tools/molecule.sh", "test", "--all")),
    pytest("fleet", "tests/fleet"),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", choices=[[], *(part.name for part in PARTS)], metavar="PART")
    wanted = parser.parse_args().parts
    OUTPUT.mkdir(parents=True, exist_ok=True)
    chosen = [part for part in PARTS if not wanted or part.name in wanted]
    started = {part.name: start(part) for part in chosen if part.early}
    total = Tally()
    for part in chosen:
        total.add(run(part, started.get(part.name)))
    for reason in sorted(set(total.reasons)):
        print(f"skipped: {reason}")
    print(total)
    return 1 if total.failed or not total.passed else 0


def start(part: Part) -> subprocess.Popen[bytes]:
    """Start a part, its output going to its log."""
    (OUTPUT / f"{part.name}.xml").unlink(missing_ok=True)
    with log_of(part).open("wb") as stream:
        return subprocess.Popen(part.command, cwd=ROOT, stdout=stream, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environment())


def log_of(part: Part) -> pathlib.Path:
    return OUTPUT / f"{part.name}.log"


def run(part: Part, started: subprocess.Popen[bytes] | None = None) -> Tally:
    """Run a part, or wait for one that runs already; show its log where it failed."""
    began = time.monotonic()
    log, results = log_of(part), OUTPUT / f"{part.name}.xml"
    code = (started or start(part)).wait()
    tally = counted(results, code) if part.pytest else Tally(passed=int(code == 0), failed=int(code != 0))
    print(f"{'ok  ' if not tally.failed else 'FAIL'} {part.name:14} {time.monotonic() - began:6.1f} s  {tally}", flush=True)
    if part.tells:
        print(f"     {log.read_text(encoding='utf-8', errors='replace').rstrip().rpartition(chr(10))[2]}", flush=True)
    if tally.failed:
        sys.stdout.write(log.read_text(encoding="utf-8", errors="replace")[-12000:])
        sys.stdout.flush()
    return tally


def counted(results: pathlib.Path, code: int) -> Tally:
    """Return what a JUnit file tells; a run that died without one, or failed outside a test, is a failure."""
    if not results.exists():
        return Tally(failed=1)
    tally = Tally()
    for case in ElementTree.parse(results).getroot().iter("testcase"):
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            tally.failed += 1
        elif skipped is not None:
            tally.skipped += 1
            tally.reasons.append(f"{case.get('classname')}::{case.get('name')}: {skipped.get('message')}")
        else:
            tally.passed += 1
    if code not in (0, 1) and not tally.failed:
        tally.failed += 1
    return tally


def environment() -> dict[str, str]:
    """The environment of a user who has none of AWS: no profile or key of theirs may reach a test.

    Thousands of Pythons are started, each of which would compile what it imports where bytecode is not kept: it is, away from the sources.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_") and name != "PYTHONDONTWRITEBYTECODE"}
    cache = ROOT / ".cache"
    ours = {"PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}", "ANSIBLE_HOME": str(cache / "ansible"), "PYTHONPYCACHEPREFIX": str(cache / "bytecode")}
    return {**kept, **ours, "AWS_EC2_METADATA_DISABLED": "true"}


if __name__ == "__main__":
    sys.exit(main())
