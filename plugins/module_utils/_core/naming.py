# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names: boto3's camelCase shapes to Ansible's snake_case and back, with the keys that users wrote left as they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
USER_KEYS = frozenset({"tags", "labels", "requiredClaims", "Tags", "matchLabels"})
"""Members whose keys are the user's own text."""


def snake(name: str) -> str:
    """Return `endpointPublicAccess` as `endpoint_public_access`."""
    return _BOUNDARY.sub("_", name).lower()


def camel(name: str) -> str:
    """Return `endpoint_public_access` as `endpointPublicAccess`."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def to_snake(value: Any, *, user_keys: Iterable[str] = USER_KEYS) -> Any:
    """Return an answer of boto3 with snake_case keys; times become ISO 8601 text; what users wrote (tags, labels) stays."""
    kept = frozenset(user_keys)
    if isinstance(value, Mapping):
        return {snake(key): _plain(item) if key in kept else to_snake(item, user_keys=kept) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_snake(item, user_keys=kept) for item in value]
    return _plain(value)


def to_camel(value: Any, *, user_keys: Iterable[str] = USER_KEYS) -> Any:
    """Return options as a request of boto3: camelCase keys, None members left out, the user's own keys as they are."""
    kept = frozenset(user_keys)
    if isinstance(value, Mapping):
        return {camel(key): item if camel(key) in kept else to_camel(item, user_keys=kept) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [to_camel(item, user_keys=kept) for item in value]
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else value
