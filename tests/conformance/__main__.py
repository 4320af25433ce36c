"""`make conformance`: run the conformance tests and print what they compared, in one table.

Usage: python -m tests.conformance [--write] [PYTEST ARGUMENT …]; with --write the table also goes into docs/sandbox.md.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.conformance.ledger import OUTCOMES, PARTS, VARIABLE, Row, read

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "sandbox.md"
BEGIN, END = "<!-- conformance: written by make conformance -->", "<!-- conformance: end -->"
# Beside the tests of this folder: rules of aws/rules.yml, and the recorded command lines of nodeadm.
WHERE = ("tests/conformance", "tests/unit/sandbox/aws", "tests/unit/sandbox/hosts/test_hosts_nodeadm_usage.py")
# Two workers, as there are two cores; conftest.py says what goes to which, in an order that xdist must not change.
WORKERS = ("-n", "2", "--no-loadscope-reorder")
DIFF_LINES = 40


def main(arguments: Sequence[str]) -> int:
    """Return 1 when something differs, or when the tests failed without saying what differs."""
    rows, failed, output = run([each for each in arguments if each != "--write"])
    report = [*table(rows), "", *(differences(rows) or excuses(rows))]
    if failed and not any(row.outcome == "different" for row in rows):
        report = [output, *report]
    print("\n".join(report))
    if "--write" in arguments:
        write(rows)
    print(summary(rows), flush=True)
    return 1 if failed or not rows else 0


def run(arguments: Sequence[str]) -> tuple[list[Row], bool, str]:
    """Return the rows that the tests wrote, whether a test failed, and the end of what pytest said."""
    with tempfile.TemporaryDirectory(prefix="conformance-") as directory:
        file = Path(directory) / "rows.jsonl"
        file.touch()
        command = [sys.executable, "-m", "pytest", "-rs", *WORKERS, *(arguments or WHERE)]
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, VARIABLE: str(file)}, capture_output=True, text=True, check=False)
        rows = sorted(read(file), key=lambda row: (PARTS.index(row.part), row.case, row.backend))
        return rows, done.returncode != 0, done.stdout[-12000:] + done.stderr[-2000:]


def table(rows: Sequence[Row]) -> list[str]:
    """Return a Markdown table: a line for each part and backend, in the order of the parts."""
    lines = ["| Part | Backend | Cases | Equal | Excused | Different |", "|---|---|---|---|---|---|"]
    groups = Counter((row.part, row.backend) for row in rows)
    counts = Counter((row.part, row.backend, row.outcome) for row in rows)
    for part, backend in sorted(groups, key=lambda group: (PARTS.index(group[0]), group[1])):
        numbers = [groups[part, backend], *(counts[part, backend, outcome] for outcome in OUTCOMES)]
        lines.append(f"| {part} | {backend} | {' | '.join(map(str, numbers))} |")
    return lines


def excuses(rows: Sequence[Row]) -> list[str]:
    return [f"excused: {row.part}: {row.case}: {row.reason}" for row in rows if row.outcome == "excused"]


def differences(rows: Sequence[Row]) -> list[str]:
    found: list[str] = []
    for row in rows:
        if row.outcome == "different":
            found += [f"different: {row.part} on {row.backend}: {row.case}", *(f"    {line}" for line in row.reason.splitlines()[:DIFF_LINES])]
    return found


def summary(rows: Sequence[Row]) -> str:
    counts = Counter(row.outcome for row in rows)
    return f"conformance: {len(rows)} cases, " + ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES)


def write(rows: Sequence[Row]) -> None:
    """Put the table and the excuses between the markers of the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    reasons = [f"- {row.part}, {row.case}: {row.reason}" for row in rows if row.outcome == "excused"]
    excused = ["", "Excused, and why:", "", *reasons] if reasons else []
    body = "\n".join(["", *table(rows), *excused, "", f"`{summary(rows)}`", ""])
    PAGE.write_text(f"{before}{BEGIN}\n{body}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
