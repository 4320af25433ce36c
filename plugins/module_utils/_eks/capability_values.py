# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An EKS capability as declared, and as EKS describes it, under the same names. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.naming import to_snake
from ansible_collections.fleetops.eks.plugins.module_utils._core.tags import tag_texts

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class CapabilitySpec:
    """A declared capability; None = not mentioned. Settings are mappings with snake_case keys, as in the options."""

    cluster_name: str
    name: str
    type: str | None = None
    role_arn: str | None = None
    delete_propagation_policy: str = "RETAIN"
    argo_cd: Settings = field(default_factory=dict)
    ack: Settings = field(default_factory=dict)
    purge_rbac_role_mappings: bool = True
    tags: Mapping[str, str] | None = None
    purge_tags: bool = True
    recreate_failed: bool = False

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> CapabilitySpec:
        configuration = params.get("configuration") or {}
        settings = {name: given(configuration.get(name)) for name in ("argo_cd", "ack")}
        known = {**params, **settings, "tags": tag_texts(params.get("tags"))}
        return cls(**{name: known[name] for name in cls.__dataclass_fields__ if known.get(name) is not None})


@dataclass(frozen=True)
class CapabilityState:
    """A capability as EKS describes it, with the names of CapabilitySpec."""

    name: str
    arn: str
    status: str
    type: str
    role_arn: str
    delete_propagation_policy: str | None
    argo_cd: Settings
    ack: Settings
    tags: Mapping[str, str]
    raw: Mapping[str, Any]

    @classmethod
    def from_api(cls, answer: Mapping[str, Any] | None) -> CapabilityState | None:
        if answer is None:
            return None
        configuration = to_snake(answer.get("configuration") or {})
        return cls(
            name=answer["capabilityName"],
            arn=answer["arn"],
            status=answer["status"],
            type=answer["type"],
            role_arn=answer["roleArn"],
            delete_propagation_policy=answer.get("deletePropagationPolicy"),
            argo_cd=configuration.get("argo_cd") or {},
            ack=configuration.get("ack") or {},
            tags=answer.get("tags") or {},
            raw=answer,
        )


def given(settings: Any) -> Any:
    """Return settings without what was not mentioned, at any depth."""
    if isinstance(settings, Mapping):
        return {name: given(value) for name, value in settings.items() if value is not None}
    return [given(each) for each in settings] if isinstance(settings, list) else settings


def identities(mappings: Sequence[Mapping[str, Any]] | None) -> dict[str, set[tuple[str, str]]]:
    """Return who has which role: {role: {(type, id)}}."""
    return {mapping["role"]: {(each["type"], each["id"]) for each in mapping["identities"]} for mapping in mappings or () if mapping["identities"]}
