"""`ensure(name)`: the path of a real program, out of KUBEBUILDER_ASSETS, the machine or the user's cache, made there when it is missing.

python -m sandbox.real.programs kube-apiserver etcd     # prints the paths; builds what is missing
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from sandbox.real import assets, build, packages
from sandbox.real.catalogue import PROGRAMS, Built
from sandbox.state import SandboxError

Say = Callable[[str], None]


def note(text: str) -> None:
    """Tell the user what takes long, beside a command's output."""
    print(f"... {text}", file=sys.stderr, flush=True)


def ensure(name: str, say: Say = note) -> Path:
    """Return the path of a program that runs here and has the right version. Raises SandboxError, in one line that says what to do."""
    program = PROGRAMS[name]
    found = assets.find(program) or packages.installed(program)
    if found is not None:
        return found
    return build.ensure(program, say) if isinstance(program, Built) else packages.ensure(program, say)


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in PROGRAMS]
    if unknown or not names:
        print(f"usage: python -m sandbox.real.programs {{{','.join(PROGRAMS)}}} ...", file=sys.stderr)
        return 2
    try:
        for name in names:
            print(ensure(name))
    except SandboxError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
