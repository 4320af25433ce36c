# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan is a value: the steps that make a declaration true, each with its request and what it changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


@dataclass(frozen=True)
class Change:
    """One field that differs. `path` is dotted below the noun (`logging.types`); a secret shows neither side."""

    path: str
    before: Any
    after: Any
    secret: bool = False

    def side(self, which: str) -> Any:
        return HIDDEN if self.secret else getattr(self, which)


@dataclass(frozen=True)
class Step:
    """One call of a service.

    operation: the client's method, in snake_case (boto3's word for AWS).
    request: its arguments, complete.
    changes: what it changes, for the diff.
    settle: how the resource tells when it is done (`update`, `active`, `deleted`, …); None = done when it answered.
    together: neighbouring steps of one name are all sent before any of them is waited for.
    subject: the member of a set that it is about (`coredns`), empty for a module of one resource.
    """

    operation: str
    request: Mapping[str, Any] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    settle: str | None = None
    together: str | None = None
    subject: str = ""

    @property
    def fields(self) -> list[str]:
        return [change.path for change in self.changes]


@dataclass(frozen=True)
class Plan:
    """Steps in order; no steps = nothing to do."""

    steps: tuple[Step, ...] = ()
    warnings: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.steps)

    def diff(self) -> dict[str, Any]:
        """Return {"before": …, "after": …}, only what changes, nested as the paths say."""
        changes = [change for step in self.steps for change in step.changes]
        return {"before": _tree(changes, "before"), "after": _tree(changes, "after")}

    def waves(self) -> list[tuple[Step, ...]]:
        """Return the steps grouped by what may be in flight at the same time, in order."""
        waves: list[list[Step]] = []
        for step in self.steps:
            if waves and step.together is not None and waves[-1][-1].together == step.together:
                waves[-1].append(step)
            else:
                waves.append([step])
        return [tuple(wave) for wave in waves]


def created(path: str, after: Mapping[str, Any], *, secret: Iterable[str] = ()) -> tuple[Change, ...]:
    """Return the changes of something that comes into being: every member of after, from None."""
    hidden = frozenset(secret)
    return tuple(Change(_joined(path, key), None, value, secret=key in hidden) for key, value in after.items() if value is not None)


def deleted(path: str, before: Any) -> tuple[Change, ...]:
    """Return the change of something that goes away."""
    return (Change(path, before, None),)


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _tree(changes: Iterable[Change], which: str) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for change in changes:
        *parents, leaf = change.path.split(".")
        node = tree
        for name in parents:
            child = node.get(name)
            node = node.setdefault(name, {}) if child is None or isinstance(child, dict) else node
        if which == "after" or leaf not in node:  # a field that several steps move: from where the first found it
            node[leaf] = change.side(which)
    return tree
