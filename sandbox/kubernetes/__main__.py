"""`python -m sandbox.kubernetes`: the same as `python -m sandbox kubernetes`."""

from __future__ import annotations

import sys

from sandbox.kubernetes.server import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
