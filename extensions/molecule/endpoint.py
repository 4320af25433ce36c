"""Print the URL of the AWS endpoint of a sandbox: where it runs, or, before it does, where it will, on a port that is free now."""

from __future__ import annotations

import json
import pathlib
import socket
import sys

state = pathlib.Path(sys.argv[1], "state.json")
known = json.loads(state.read_text(encoding="utf-8")).get("aws") if state.exists() else None
if known:
    print(known["url"])
else:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        print(f"http://127.0.0.1:{probe.getsockname()[1]}")
