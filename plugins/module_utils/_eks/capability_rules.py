# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What EKS cannot do with a capability, refused before any call. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.tags import refuse_tags
from ansible_collections.fleetops.eks.plugins.module_utils._eks.capability_values import CapabilitySpec, CapabilityState

SETTINGS = {"argo_cd": "ARGOCD", "ack": "ACK"}
FIXED = ("namespace", "endpoint_prefix", "aws_idc.idc_instance_arn", "aws_idc.idc_region")
MOST_SERVICES = 200
ANEW = "Delete the capability and create it anew; what it made in the cluster stays, and nothing manages it in between."
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_PREFIX = re.compile(r"[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?")
_SERVICE = re.compile(r"[a-z][a-z0-9]{0,62}")


def refuse_impossible(spec: CapabilitySpec, state: CapabilityState | None, others: Sequence[Mapping[str, Any]]) -> None:
    """Raise Refusal for what cannot be. others: what ListCapabilities tells of the cluster's other capabilities."""
    _refuse_malformed(spec)
    if state is None:
        _refuse_incomplete(spec)
        _refuse_second(spec, others)
    _refuse_foreign(spec, spec.type if state is None else state.type)
    if state is not None:
        _refuse_changes(spec, state)


def _refuse_foreign(spec: CapabilitySpec, kind: str | None) -> None:
    """Refuse another type, and settings of another type."""
    if spec.type not in (None, kind):
        raise _refusal(spec, f"cannot change type from {kind} to {spec.type}", ANEW, "type")
    for name, wanted in SETTINGS.items():
        if getattr(spec, name) and kind != wanted:
            raise _refusal(spec, f"is of type {kind}, and configuration.{name} is for {wanted}", f"Leave configuration.{name} out.", f"configuration.{name}")


def _refuse_malformed(spec: CapabilitySpec) -> None:
    if not _NAME.fullmatch(spec.name):
        raise _refusal(spec, "has a name that EKS does not take", "Use letters, digits, hyphens and underscores.", "name")
    prefix = spec.argo_cd.get("endpoint_prefix")
    if prefix is not None and not _PREFIX.fullmatch(prefix):
        remedy = "Use 1 to 50 lower-case letters, digits and hyphens, no hyphen at either end."
        raise _refusal(spec, f"has endpoint_prefix {prefix}", remedy, "configuration.argo_cd.endpoint_prefix")
    roles = [mapping["role"] for mapping in spec.argo_cd.get("rbac_role_mappings") or ()]
    twice = sorted({role for role in roles if roles.count(role) > 1})
    if twice:
        raise _refusal(spec, f"maps role {', '.join(twice)} more than once", "Merge its identities into one.", "configuration.argo_cd.rbac_role_mappings")
    _refuse_services(spec)
    refuse_tags(f"capability {spec.name} of cluster {spec.cluster_name}", spec.tags)


def _refuse_services(spec: CapabilitySpec) -> None:
    services = spec.ack.get("disabled_services") or []
    wrong = [service for service in services if not _SERVICE.fullmatch(service)]
    if wrong:
        remedy = "Use the names of ACK's controllers, lower-case letters and digits, for example s3 or dynamodb."
        raise _refusal(spec, f"disables what is no service: {', '.join(wrong)}", remedy, "configuration.ack.disabled_services")
    if len(services) > MOST_SERVICES:
        raise _refusal(spec, f"disables {len(services)} services; EKS takes {MOST_SERVICES}", "Name fewer.", "configuration.ack.disabled_services")


def _refuse_incomplete(spec: CapabilitySpec) -> None:
    missing = [name for name in ("type", "role_arn") if not getattr(spec, name)]
    if spec.type == "ARGOCD" and not (spec.argo_cd.get("aws_idc") or {}).get("idc_instance_arn"):
        missing.append("configuration.argo_cd.aws_idc.idc_instance_arn")
    if missing:
        raise _refusal(spec, f"needs {' and '.join(missing)} to be created", f"Give {' and '.join(missing)}.", *missing)


def _refuse_second(spec: CapabilitySpec, others: Sequence[Mapping[str, Any]]) -> None:
    rival = next((other for other in others if other["type"] == spec.type and other["capabilityName"] != spec.name and other["status"] != "DELETING"), None)
    if rival is not None:
        raise Refusal(
            f"Cluster {spec.cluster_name} has capability {rival['capabilityName']} of type {spec.type}, and EKS takes one of a type.",
            remedy=f"Declare it by its name, or remove it first: name {rival['capabilityName']}, state absent.",
            fields=("name",),
        )


def _refuse_changes(spec: CapabilitySpec, state: CapabilityState) -> None:
    """Namespace, prefix and the Identity Center instance are in no update's request."""
    pairs = {path: (_at(state.argo_cd, path), _at(spec.argo_cd, path)) for path in FIXED}
    changed = {f"configuration.argo_cd.{path}": pair for path, pair in pairs.items() if pair[1] is not None and pair[0] != pair[1]}
    if changed:
        words = "; ".join(f"{path} from {actual} to {declared}" for path, (actual, declared) in changed.items())
        raise _refusal(spec, f"cannot change {words}", ANEW, *changed)


def _at(settings: Mapping[str, Any], path: str) -> Any:
    value: Any = settings
    for name in path.split("."):
        value = (value or {}).get(name)
    return value


def _refusal(spec: CapabilitySpec, what: str, remedy: str, *fields: str) -> Refusal:
    return Refusal(f"Capability {spec.name} of cluster {spec.cluster_name} {what}.", remedy=remedy, fields=fields)
