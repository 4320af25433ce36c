# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparing by meaning: what a user declared against what a service answers."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable, Mapping
from typing import Any


def canonical(value: Any) -> Any:
    """Return value with mappings sorted by key and None members dropped, so that equal meanings are equal values."""
    if isinstance(value, Mapping):
        return {key: canonical(value[key]) for key in sorted(value, key=str) if value[key] is not None}
    if isinstance(value, (list, tuple)):
        return [canonical(item) for item in value]
    return value


def same_json(left: Any, right: Any) -> bool:
    """Whether two values, or texts of JSON, mean the same."""
    return bool(canonical(_parsed(left)) == canonical(_parsed(right)))


def same_set(left: Iterable[Any] | None, right: Iterable[Any] | None) -> bool:
    """Whether two lists hold the same members, whatever their order and repetition; None is the empty list."""
    return _members(left) == _members(right)


def same_cidrs(left: Iterable[str] | None, right: Iterable[str] | None) -> bool:
    """Whether two lists name the same networks: EKS masks host bits (10.0.0.1/16 is 10.0.0.0/16) and gives them back in any order."""
    return {canonical_cidr(cidr) for cidr in left or ()} == {canonical_cidr(cidr) for cidr in right or ()}


def canonical_cidr(cidr: str) -> str:
    """Return the network of cidr in the service's form, or cidr itself when it is none."""
    try:
        return str(ipaddress.ip_network(cidr, strict=False))
    except ValueError:
        return cidr


def covers(declared: Any, actual: Any) -> bool:
    """Whether actual holds everything declared: mappings key by key (None = not declared), everything else equal."""
    if isinstance(declared, Mapping):
        return isinstance(actual, Mapping) and all(covers(item, actual.get(key)) for key, item in declared.items() if item is not None)
    return bool(canonical(declared) == canonical(actual))


def map_delta(declared: Mapping[str, Any] | None, actual: Mapping[str, Any] | None, *, purge: bool) -> tuple[dict[str, Any], list[str]]:
    """Return (members to set, names to remove) that make actual match declared; nothing when declared is None."""
    if declared is None:
        return {}, []
    actual = actual or {}
    wanted = {key: item for key, item in declared.items() if key not in actual or actual[key] != item}
    return wanted, sorted(key for key in actual if purge and key not in declared)


def tag_delta(declared: Mapping[str, str] | None, actual: Mapping[str, str] | None, *, purge: bool) -> tuple[dict[str, str], list[str]]:
    """map_delta for tags: names that begin with `aws:` belong to AWS and are never removed."""
    wanted, unwanted = map_delta(declared, actual, purge=purge)
    return wanted, [key for key in unwanted if not key.startswith("aws:")]


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _members(items: Iterable[Any] | None) -> set[str]:
    return {json.dumps(canonical(item), sort_keys=True, default=str) for item in items or ()}
