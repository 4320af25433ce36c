# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies by meaning: IAM answers a policy in other words than it was given in (lists of one, the order of names, an account as its root)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

OLDEST = "2008-10-17"
"""What a policy without Version means."""
CASELESS = frozenset({"Action", "NotAction"})


def same_policy(left: Mapping[str, Any] | None, right: Mapping[str, Any] | None) -> bool:
    """Whether two policies mean the same: the order of statements, names and values does not count, nor does one value against a list of it."""
    return bool(_meaning(left) == _meaning(right))


def as_text(policy: Mapping[str, Any]) -> str:
    """Return a policy as IAM takes it, without spaces, which would count against its limits."""
    return json.dumps(policy, separators=(",", ":"), sort_keys=True)


def size(policy: Mapping[str, Any]) -> int:
    """Return its length as IAM counts it: without white space."""
    return len("".join(as_text(policy).split()))


def _meaning(policy: Mapping[str, Any] | None) -> Any:
    if policy is None:
        return None
    statements = policy.get("Statement") or []
    found = [_statement(each) for each in (statements if isinstance(statements, list) else [statements])]
    rest = {key: value for key, value in policy.items() if key not in ("Statement", "Version")}
    return {**rest, "Version": policy.get("Version", OLDEST), "Statement": sorted(found, key=as_text)}


def _statement(statement: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _member(key, value) for key, value in statement.items() if not (key == "Condition" and not value)}


def _member(key: str, value: Any) -> Any:
    if key in ("Effect", "Sid"):
        return value
    if key in ("Principal", "NotPrincipal"):
        return _principals(value)
    if key == "Condition":
        return {operator: {name.lower(): _values(given) for name, given in keys.items()} for operator, keys in value.items()}
    return [item.lower() for item in _values(value)] if key in CASELESS else _values(value)


def _principals(value: Any) -> Any:
    """An account stands for its root, `*` for everybody of AWS."""
    if value == "*":
        return {"AWS": ["*"]}
    return {kind: sorted({_account_root(item) if kind == "AWS" else item for item in _values(given)}) for kind, given in value.items()}


def _account_root(principal: str) -> str:
    parts = principal.split(":", 5)
    return parts[4] if len(parts) == 6 and parts[5] == "root" else principal


def _values(value: Any) -> list[str]:
    """One value or a list of them, in order; IAM writes truth values and numbers as text."""
    return sorted({_text(item) for item in (value if isinstance(value, (list, tuple)) else [value])})


def _text(item: Any) -> str:
    return str(item).lower() if isinstance(item, bool) else str(item)
