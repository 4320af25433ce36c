# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An add-on, declared and as EKS describes it, and what else EKS says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.tags import tag_texts
from ansible_collections.fleetops.eks.plugins.module_utils._eks.addon_versions import Offer


@dataclass(frozen=True)
class AddonSpec:
    """A declared add-on; None = not mentioned. `configuration_values` is a mapping, `version` a word or a version."""

    cluster_name: str
    name: str
    version: str | None = None
    configuration_values: Mapping[str, Any] | None = None
    pod_identity_associations: Sequence[Mapping[str, str]] | None = None
    service_account_role_arn: str | None = None
    resolve_conflicts: str = "overwrite"
    resolve_conflicts_on_create: str | None = None
    namespace: str | None = None
    tags: Mapping[str, str] | None = None
    purge_tags: bool = True
    preserve: bool = False
    accept_degraded: bool = False
    recreate_failed: bool = False

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> AddonSpec:
        given = {**params, "tags": tag_texts(params.get("tags"))}
        return cls(**{name: given[name] for name in cls.__dataclass_fields__ if given.get(name) is not None})


@dataclass(frozen=True)
class AddonState:
    """An add-on as EKS describes it. `associations` are those it owns, described; None when nobody asked."""

    name: str
    arn: str
    status: str
    version: str
    configuration_values: Any
    associations: tuple[Mapping[str, str], ...] | None
    service_account_role_arn: str | None
    namespace: str | None
    tags: Mapping[str, str]
    raw: Mapping[str, Any]

    @classmethod
    def from_api(cls, answer: Mapping[str, Any], *, configuration: Any = None, associations: Sequence[Mapping[str, str]] | None = None) -> AddonState:
        return cls(
            name=answer["addonName"],
            arn=answer["addonArn"],
            status=answer["status"],
            version=answer["addonVersion"],
            configuration_values=configuration or {},
            associations=None if associations is None else tuple(associations),
            service_account_role_arn=answer.get("serviceAccountRoleArn"),
            namespace=(answer.get("namespaceConfig") or {}).get("namespace"),
            tags=answer.get("tags") or {},
            raw=answer,
        )


@dataclass(frozen=True)
class Facts:
    """What EKS says beside the add-on itself, read where a decision needs it. `kubernetes_version` None = there is no cluster yet."""

    kubernetes_version: str | None = None
    offers: tuple[Offer, ...] = ()
    problems: tuple[str, ...] = ()
    accounts: Sequence[str] | None = None
    """The service accounts for which the version takes associations; None where nobody asked."""
    foreign: tuple[str, ...] = ()
    """The declared service accounts that have an association which is not the add-on's own."""
