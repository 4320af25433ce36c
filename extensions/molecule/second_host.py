"""Add a host of another Debian release to a running sandbox, beside those it has: `second_host.py STATE RELEASE NAME`."""

from __future__ import annotations

import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sandbox import hosts


def main(directory: pathlib.Path, release: str, name: str) -> None:
    """A host that cannot be had is left out, with one line that says why: the first one proves the role."""
    state = json.loads((directory / "state.json").read_text(encoding="utf-8"))
    try:
        hosts.prepare(directory, release=release)
    except (hosts.NoEngine, hosts.EngineError) as error:
        print(f"left out: {name}: {error}")
        return
    port = int(state["artifacts"]["url"].rpartition(":")[2])
    hosts.start(directory, [*state["hosts"], name], aws_port=state["ports"]["aws"], artifacts_port=port, release=release)
    print(f"started: {name}")


main(pathlib.Path(sys.argv[1]), *sys.argv[2:4])
