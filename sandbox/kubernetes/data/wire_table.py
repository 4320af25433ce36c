"""Write wire.txt: the protobuf field numbers of the built-in kinds, from the .proto files of k8s.io/api and k8s.io/apimachinery.

    python wire_table.py DIRECTORY... > wire.txt

The published Go modules of a release hold these files (Apache-2.0); the table has their facts only, and beta and alpha versions are left out.
One line a message: its name, then `number:field:type` words; `[]` after a type means repeated, `{}` a map from strings.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

_PACKAGE = re.compile(r"^package (\S+);", re.MULTILINE)
_MESSAGE = re.compile(r"^message (\w+) \{$(.*?)^\}$", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^\s*(?:(optional|repeated) (\S+)|map<string, (\S+)>) (\w+) = (\d+);", re.MULTILINE)
_SCALARS = {"string", "bytes", "bool", "int32", "int64", "double", "uint32", "uint64"}
_LEFT_OUT = re.compile(r"v\d+(alpha|beta)\d+")


def messages(text: str) -> Iterator[str]:
    """Yield the line of every message in a .proto file."""
    package = _PACKAGE.search(text)
    if package is None or _LEFT_OUT.search(package[1]):
        return
    for name, body in _MESSAGE.findall(text):
        fields = [_field(package[1], *match) for match in _FIELD.findall(body)]
        yield " ".join([f"{package[1]}.{name}", *fields])


def _field(package: str, label: str, plain: str, mapped: str, name: str, number: str) -> str:
    kind = plain or mapped
    full = kind if kind in _SCALARS else kind.lstrip(".") if kind.startswith(".") else f"{package}.{kind}"
    return f"{number}:{name}:{full}" + ("{}" if mapped else "[]" if label == "repeated" else "")


def main(directories: list[str]) -> int:
    lines = {line for directory in directories for path in Path(directory).rglob("generated.proto") for line in messages(path.read_text(encoding="utf-8"))}
    print("\n".join(sorted(lines)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
