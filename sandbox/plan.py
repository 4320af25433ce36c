"""What a sandbox consists of, as data: the parts a supervisor runs and how what one announces reaches the next."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sandbox.state import VARIABLE, State

PART_VARIABLE = "FLEETOPS_SANDBOX_PART"
REFERENCE = re.compile(r"\{([a-z_]+(?:\.[a-z_]+)*)\}")

Word = str | tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """One program. `argv` may refer to the state as `{dotted.path}`; a nested tuple is left out whole when what it refers to is null.

    `needs` names the parts that must have announced themselves; `only_if` is a dotted path in the state that must not be null.
    `facts` are kept beside the URL of a server. `marked` puts the state directory and the part's name into the environment, by which
    a later `down` finds what an earlier one could not end; not for jobs whose children are to live on, as containers do.
    """

    name: str
    argv: tuple[Word, ...]
    needs: tuple[str, ...] = ()
    only_if: str | None = None
    job: bool = False
    env: tuple[tuple[str, str], ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    seconds: float = 60.0
    marked: bool = True


@dataclass(frozen=True)
class Plan:
    """What a sandbox consists of: its parts, what the state holds from the start, ports to reserve (0: any), the command that removes what is
    not a process (containers, networks), and how many seconds the parts have to end when they are asked to."""

    parts: tuple[Part, ...]
    facts: dict[str, Any] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    cleanup: tuple[str, ...] = ()
    grace: float = 5.0

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Plan:
        values = json.loads(text)
        parts = tuple(_part(**row) for row in values["parts"])
        return cls(parts, values["facts"], values["ports"], tuple(values["cleanup"]), values["grace"])


def _part(*, argv: list[Any], needs: list[str], env: list[Any], facts: list[Any], **rest: Any) -> Part:
    words = tuple(word if isinstance(word, str) else tuple(word) for word in argv)
    return Part(argv=words, needs=tuple(needs), env=tuple(map(tuple, env)), facts=tuple(map(tuple, facts)), **rest)


def lookup(values: State, path: str) -> Any:
    """Return what the dotted path leads to, or None when there is nothing."""
    found: Any = values
    for key in path.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return found


def expand(argv: Iterable[Word], values: State) -> list[str]:
    """Return the words with their references replaced; a nested group that refers to null is left out."""
    words: list[str] = []
    for word in argv:
        if isinstance(word, str):
            words.append(fill(word, values))
        elif all(lookup(values, path) is not None for path in REFERENCE.findall(" ".join(word))):
            words.extend(fill(each, values) for each in word)
    return words


def fill(text: str, values: State) -> str:
    """Return the text with each `{dotted.path}` replaced by what the state holds there."""
    return REFERENCE.sub(lambda match: str(lookup(values, match[1])), text)


def base_environment() -> dict[str, str]:
    """The environment without what names a sandbox (a shell that ran `sandbox env` names one, and containers started from here outlive us) and
    without AWS settings: no part may come near real credentials, or take another sandbox's endpoint for its own."""
    return {name: value for name, value in os.environ.items() if name not in (VARIABLE, PART_VARIABLE) and not name.startswith("AWS_")}


def environment(part: Part, directory: Path, values: State) -> dict[str, str]:
    """Return the environment a part runs in."""
    marks = {VARIABLE: str(directory), PART_VARIABLE: part.name} if part.marked else {}
    return {**base_environment(), **proxy_exceptions(values), "PYTHONUNBUFFERED": "1", **marks, **{name: fill(value, values) for name, value in part.env}}


def proxy_exceptions(values: State) -> dict[str, str]:
    """Return NO_PROXY (both spellings) that keeps the sandbox's own traffic off a proxy; lower-case wins in most programs, so both are set."""
    ours = ["127.0.0.1", "localhost", "::1", lookup(values, "network.gateway")]
    theirs = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    text = ",".join(name for name in [theirs, *ours] if name)
    return {"NO_PROXY": text, "no_proxy": text}
