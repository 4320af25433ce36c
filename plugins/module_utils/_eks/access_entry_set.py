# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All access entries of a cluster: which of those that nobody declares may be removed. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._eks.access_entry import EntrySpec, EntryState

BORN_WITH_CLUSTER = timedelta(minutes=5)
"""Nobody but EKS can make an entry before the control plane is there, which takes longer than this."""


@dataclass(frozen=True)
class Owners:
    """What tells whose an entry is: when the cluster was made, and which principal this task runs as."""

    cluster_created_at: datetime
    caller_arn: str


def declared_entries(params: Mapping[str, Any]) -> dict[str, EntrySpec]:
    """Return the specs by principal; the options of the set hold for each member."""
    shared = {name: params[name] for name in ("cluster_name", "purge_access_policies", "purge_tags", "recreate")}
    specs = [EntrySpec.from_params({**option, **shared}) for option in params["access_entries"]]
    twice = sorted({spec.principal_arn for spec in specs if sum(other.principal_arn == spec.principal_arn for other in specs) > 1})
    if twice:
        raise Refusal(
            f"access_entries declares {', '.join(twice)} more than once: a principal has one entry.", remedy="Merge them into one.", fields=("access_entries",)
        )
    return {spec.principal_arn: spec for spec in specs}


def why_kept(principal_arn: str, state: EntryState, owners: Owners) -> str | None:
    """Return why an entry that is not declared must stay; None = it may be purged."""
    reasons = (
        (state.type != "STANDARD", "nodes use it"),
        (of_service(principal_arn), "a service made it"),
        (any(not policy.for_users for policy in state.access_policies), "a controller of AWS uses it"),
        (principal_of(owners.caller_arn) == _bare(principal_arn), "this task runs as it"),
        (_of_creator(state, owners.cluster_created_at), "EKS made it for the cluster's creator"),
    )
    return next((why for holds, why in reasons if holds), None)


def of_service(principal_arn: str) -> bool:
    """Whether the principal is a role that a service of AWS made for itself."""
    return ":role/aws-service-role/" in principal_arn


def principal_of(caller_arn: str) -> str:
    """Return `account:role/name` of a session of STS, or of a user, without paths: the session's ARN has lost the role's."""
    parts = caller_arn.split(":", 5)
    kind, slash, rest = parts[5].partition("/")
    return f"{parts[4]}:role/{rest.split('/')[0]}" if slash and kind == "assumed-role" else _bare(caller_arn)


def _bare(principal_arn: str) -> str:
    parts = principal_arn.split(":", 5)
    return f"{parts[4]}:{parts[5].partition('/')[0]}/{parts[5].rpartition('/')[2]}"


def _of_creator(state: EntryState, cluster_created_at: datetime) -> bool:
    """EKS marks it in no way: it is as old as the cluster, and has exactly what EKS gives it."""
    return (
        state.created_at - cluster_created_at < BORN_WITH_CLUSTER
        and not state.kubernetes_groups
        and not state.tags
        and _names(state) == ["AmazonEKSClusterAdminPolicy"]
    )


def _names(state: EntryState) -> Sequence[str]:
    return [policy.name for policy in state.access_policies if not policy.namespaces]
