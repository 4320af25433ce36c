"""Write zero_fields.txt: the fields of Kubernetes' Go types that are left out where they say false, 0 or nothing.

    python zero_fields_table.py DIRECTORY > zero_fields.txt    # with k8s.io/api and k8s.io/apimachinery below it, such as $(go env GOMODCACHE)/k8s.io

Whether `false` is another thing than nothing depends on whether Go has a pointer there, which no OpenAPI document tells.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

VERSION = "v0.36.3"
_SCALARS = "string|bool|int32|int64|int"
_NAMED = re.compile(rf"^type (\w+) (?:{_SCALARS})$", re.MULTILINE)
_STRUCT = re.compile(r"^type (\w+) struct \{(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^\s*\w+\s+([\w.]+)\s+`.*json:\"(\w+),(omitempty|omitzero)?")
_POINTER = re.compile(r"^\s*\w+\s+[*\[\]\w.]+\s+`.*json:\"(\w+)[,\"]")
_TIME = re.compile(r"^\s*\w+\s+(?:metav1\.)?(?:Micro)?Time\s+`.*json:\"(\w+)(?!.*omitzero)")
_HEADER = """# Written by zero_fields_table.py from Kubernetes' Go types: type, then the fields that are left out where they say false, 0 or nothing.
# With a star, in conditions: times that are null where they are not said.
"""


def sources(directory: Path) -> list[str]:
    api, machinery = directory / f"api@{VERSION}", directory / f"apimachinery@{VERSION}"
    files = [*sorted(api.glob("*/v[0-9]*/types*.go")), *sorted(machinery.glob("pkg/apis/meta/v1/*types*.go"))]
    return [file.read_text(encoding="utf-8") for file in files]


def fields(texts: list[str]) -> dict[str, set[str]]:
    """Return the fields by type; one that a type of the same name elsewhere keeps is not among them."""
    plain = set(_SCALARS.split("|")) | {name for text in texts for name in _NAMED.findall(text)}
    omitted, kept = defaultdict[str, set[str]](set), defaultdict[str, set[str]](set)
    for struct, name, is_omitted in (found for text in texts for found in _fields(text, plain)):
        (omitted if is_omitted else kept)[struct].add(name)
    times = {struct: names for text in texts for struct, names in _times(text)}
    return {struct: omitted[struct] - kept[struct] | times.get(struct, set()) for struct in omitted.keys() | times.keys()}


def _times(text: str) -> Iterator[tuple[str, set[str]]]:
    for struct, body in _STRUCT.findall(text):
        if struct.endswith("Condition"):
            yield struct, {f"*{found[1]}" for line in body.splitlines() if (found := _TIME.match(line))}


def _fields(text: str, plain: set[str]) -> Iterator[tuple[str, str, bool]]:
    for struct, body in _STRUCT.findall(text):
        for line in body.splitlines():
            field, any_field = _FIELD.match(line), _POINTER.match(line)
            if field:
                yield struct, field[2], bool(field[3]) and field[1].rpartition(".")[2] in plain
            elif any_field:
                yield struct, any_field[1], False


def main(directory: str) -> int:
    found = fields(sources(Path(directory)))
    print(_HEADER + "\n".join(f"{struct} {' '.join(sorted(names))}" for struct, names in sorted(found.items()) if names))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
