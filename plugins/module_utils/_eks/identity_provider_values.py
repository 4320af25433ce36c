# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An OIDC identity provider as declared, and as EKS describes it, under the same names. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.naming import camel
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Change
from ansible_collections.fleetops.eks.plugins.module_utils._core.tags import tag_texts

FIELDS = ("issuer_url", "client_id", "username_claim", "username_prefix", "groups_claim", "groups_prefix", "required_claims")
DEFAULTS = {"username_claim": "sub"}
"""What a setting means that EKS does not return."""


@dataclass(frozen=True)
class ProviderSpec:
    """A declared identity provider; None = not mentioned, empty = wanted empty."""

    cluster_name: str
    name: str
    issuer_url: str | None = None
    client_id: str | None = None
    username_claim: str | None = None
    username_prefix: str | None = None
    groups_claim: str | None = None
    groups_prefix: str | None = None
    required_claims: Mapping[str, str] | None = None
    tags: Mapping[str, str] | None = None
    purge_tags: bool = True
    replace: bool = True

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> ProviderSpec:
        texts = {name: tag_texts(params.get(name)) for name in ("tags", "required_claims")}
        return cls(**{name: value for name, value in {**params, **texts}.items() if name in cls.__dataclass_fields__ and value is not None})


@dataclass(frozen=True)
class ProviderState:
    """An identity provider as EKS describes it, with the names of ProviderSpec."""

    name: str
    arn: str
    status: str
    issuer_url: str | None
    client_id: str | None
    username_claim: str | None
    username_prefix: str | None
    groups_claim: str | None
    groups_prefix: str | None
    required_claims: Mapping[str, str] | None
    tags: Mapping[str, str]
    raw: Mapping[str, Any]

    @classmethod
    def from_api(cls, answer: Mapping[str, Any] | None) -> ProviderState | None:
        if answer is None:
            return None
        own: dict[str, Any] = {
            "name": answer["identityProviderConfigName"],
            "arn": answer["identityProviderConfigArn"],
            "status": answer["status"],
            **{name: answer.get(camel(name)) for name in FIELDS},
        }
        return cls(**own, tags=answer.get("tags") or {}, raw=answer)


def differing(spec: ProviderSpec, state: ProviderState) -> tuple[Change, ...]:
    """Return what is declared otherwise than it is; what is not mentioned stays."""
    declared = {name: getattr(spec, name) for name in FIELDS if getattr(spec, name) is not None}
    return tuple(Change(name, getattr(state, name), value) for name, value in declared.items() if _meaning(name, value) != _meaning(name, getattr(state, name)))


def _meaning(name: str, value: Any) -> Any:
    return value or DEFAULTS.get(name)
