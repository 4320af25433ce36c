"""Make sure that a container engine works; print in one line why none does, and exit 1."""

from __future__ import annotations

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from sandbox.hosts import NoEngine
from sandbox.hosts.engine import ensure_engine


def main() -> int:
    try:
        ensure_engine()
    except NoEngine as error:
        print(" ".join(str(error).split()))
        return 1
    return 0


sys.exit(main())
