"""Make sure that a container engine works and has the hosts' image; print in one line why not, and exit 3."""

from __future__ import annotations

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from sandbox import hosts

NO_ENGINE = 3


def main() -> int:
    try:
        hosts.prepare()
    except hosts.NoEngine as error:
        print(" ".join(str(error).split()))
        return NO_ENGINE
    return 0


sys.exit(main())
