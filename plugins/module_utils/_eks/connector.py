# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters from elsewhere that EKS shows (EKS Connector). Pure: declaration and state in, plan out.

Facts: RegisterCluster answers an activation code that lives three days and registers the connector's agent; role and provider cannot change, and there is
no other way to a new code than to deregister and register again; a cluster is PENDING until the agent has registered, ACTIVE from then on; one whose
activation ran out must be deregistered. EKS API reference, RegisterCluster, DeregisterCluster.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.naming import to_snake
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan, Step, created, deleted
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Verdict, done, failed, pending
from ansible_collections.fleetops.eks.plugins.module_utils._core.tags import tag_steps, tag_texts

PROVIDERS = ("EKS_ANYWHERE", "ANTHOS", "GKE", "AKS", "OPENSHIFT", "TANZU", "RANCHER", "EC2", "OTHER")
RENEW = ("if_needed", "without_code", "always")
MARGIN = timedelta(minutes=10)
"""An activation that ends sooner is of no use to whoever applies the manifest now."""
_NAME = re.compile(r"[0-9A-Za-z][A-Za-z0-9_-]{0,99}")
_ROLE = re.compile(r"arn:[a-z0-9-]+:iam::\d{12}:role/.+")


@dataclass(frozen=True)
class ConnectorSpec:
    """A declared cluster from elsewhere; None = not mentioned."""

    name: str
    role_arn: str | None = None
    provider: str | None = None
    renew: str = "if_needed"
    code_dest: str | None = None
    tags: Mapping[str, str] | None = None
    purge_tags: bool = True

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> ConnectorSpec:
        """Return the spec; what EKS would refuse is refused here."""
        given = {name: params[name] for name in cls.__dataclass_fields__ if params.get(name) is not None}
        spec = cls(**{**given, "tags": tag_texts(params.get("tags"))})
        _refuse_impossible(spec)
        return spec


@dataclass(frozen=True)
class ConnectorState:
    """A cluster as EKS describes it, without its code; the activation whose code is at hand; the moment of looking."""

    raw: Mapping[str, Any] | None
    code_id: str | None
    now: datetime

    @property
    def connector(self) -> Mapping[str, Any]:
        return (self.raw or {}).get("connectorConfig") or {}

    @property
    def status(self) -> str:
        return str((self.raw or {}).get("status"))

    @property
    def spent(self) -> bool:
        """Whether it waits for an agent that can no longer register, or hardly."""
        expiry = self.connector.get("activationExpiry")
        return self.status == "PENDING" and expiry is not None and expiry - self.now < MARGIN

    @property
    def has_code(self) -> bool:
        return self.code_id is not None and self.code_id == self.connector.get("activationId")


def plan_present(spec: ConnectorSpec, state: ConnectorState) -> Plan:
    """Return the steps after which the cluster is registered and, while it is PENDING, can still connect; empty when it is so."""
    _refuse_unregistrable(spec)
    if state.raw is None:
        return Plan((_register(spec),))
    _refuse_other(spec, state)
    if _renewed(spec, state):
        return Plan((_deregister(spec, state), _register(spec)))
    _refuse_changed(spec, state)
    return Plan(tag_steps(state.raw["arn"], spec.tags, state.raw.get("tags") or {}, purge=spec.purge_tags))


def plan_absent(spec: ConnectorSpec, state: ConnectorState) -> Plan:
    """Return the steps that deregister the cluster and remove the file with its code; empty when there are neither."""
    steps: list[Step] = []
    if state.raw is not None:
        _refuse_other(spec, state)
        steps.append(_deregister(spec, state))
    if state.code_id is not None:
        steps.append(Step("remove_code", {"path": spec.code_dest}, deleted("code_dest", spec.code_dest)))
    return Plan(tuple(steps))


def connected_verdict(state: ConnectorState) -> Verdict:
    """Where a registered cluster stands that is waited for."""
    if state.status == "ACTIVE":
        return done(state.status)
    if state.spent:
        return failed("its activation has expired and no agent has registered")
    return pending(f"status {state.status}, its agent has not registered")


def described(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return a cluster without the code, wherever EKS puts it."""
    connector = {key: value for key, value in (answer.get("connectorConfig") or {}).items() if key != "activationCode"}
    return {**answer, "connectorConfig": connector} if "connectorConfig" in answer else dict(answer)


def to_result(state: ConnectorState) -> dict[str, Any] | None:
    """Return the cluster with snake_case keys; never with its code."""
    return None if state.raw is None else to_snake(described(state.raw))


def manifest_values(state: ConnectorState, region: str) -> dict[str, Any] | None:
    """Return what AWS's manifest of the connector is filled with, but for the code, which is in the file."""
    if state.raw is None:
        return None
    return {"region": region, "activation_id": state.connector.get("activationId"), "cluster_name": state.raw["name"], "cluster_arn": state.raw["arn"]}


def _renewed(spec: ConnectorSpec, state: ConnectorState) -> bool:
    without_code = spec.renew == "without_code" and state.status == "PENDING" and not state.has_code
    return spec.renew == "always" or state.spent or without_code


def _register(spec: ConnectorSpec) -> Step:
    config = {"roleArn": spec.role_arn, "provider": spec.provider}
    request: dict[str, Any] = {"name": spec.name, "connectorConfig": config, **({"tags": dict(spec.tags)} if spec.tags else {})}
    shown = {"name": spec.name, "role_arn": spec.role_arn, "provider": spec.provider, "tags": spec.tags or None, "code_dest": spec.code_dest}
    return Step("register_cluster", request, created("", shown), settle="visible")


def _deregister(spec: ConnectorSpec, state: ConnectorState) -> Step:
    return Step("deregister_cluster", {"name": spec.name}, deleted("arn", (state.raw or {}).get("arn")), settle="deleted")


def _refuse_impossible(spec: ConnectorSpec) -> None:
    reserved = [key for key in spec.tags or {} if key.lower().startswith("aws:")]
    checks = (
        (not _NAME.fullmatch(spec.name), f"name {spec.name!r} cannot be a cluster's.",
         "Use 1 to 100 letters, digits, hyphens and underscores, a letter or digit first.", "name"),
        (bool(spec.role_arn) and not _ROLE.fullmatch(spec.role_arn or ""), f"role_arn {spec.role_arn} is not the ARN of an IAM role.",
         "Give the ARN of the connector's agent role.", "role_arn"),
        (bool(reserved), f"tags has {', '.join(reserved)}, and aws: is reserved.", "Rename them.", "tags"),
        (len(spec.tags or {}) > 50, "tags has more than 50.", "Leave some out.", "tags"),
    )  # fmt: skip
    for impossible, what, remedy, name in checks:
        if impossible:
            raise Refusal(what, remedy=remedy, fields=(name,))


def _refuse_unregistrable(spec: ConnectorSpec) -> None:
    missing = [name for name in ("role_arn", "provider", "code_dest") if getattr(spec, name) is None]
    if missing:
        raise Refusal(f"Cluster {spec.name} cannot be registered without {', '.join(missing)}.", remedy="Give them.", fields=tuple(missing))


def _refuse_other(spec: ConnectorSpec, state: ConnectorState) -> None:
    if not state.connector:
        raise Refusal(
            f"Cluster {spec.name} is a cluster of EKS itself, not one from elsewhere.",
            remedy="Choose another name; fleetops.eks.eks_cluster manages that one.",
            fields=("name",),
        )


def _refuse_changed(spec: ConnectorSpec, state: ConnectorState) -> None:
    for option, member in (("role_arn", "roleArn"), ("provider", "provider")):
        declared, actual = getattr(spec, option), state.connector.get(member)
        if actual is not None and declared != actual:
            raise Refusal(
                f"{option} of connected cluster {spec.name} is {actual}, and EKS cannot change it.",
                remedy="Set it back, or register the cluster anew with renew: always, and apply the manifest again.",
                fields=(option,),
            )
