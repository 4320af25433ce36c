# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Managed node groups of a cluster, live: one, or a set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Busy, Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.many import refuse_repeated
from ansible_collections.fleetops.eks.plugins.module_utils._core.naming import to_snake
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan, Step
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Clock, Verdict, done, pending
from ansible_collections.fleetops.eks.plugins.module_utils._eks import nodegroup, nodegroup_rules, verdicts
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api import nodegroup as api
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.cluster import describe_cluster
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.base import LiveResource
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.listed import Listed
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.patient import PatientResource
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.surroundings import Clients, Surroundings, examine_subnets
from ansible_collections.fleetops.eks.plugins.module_utils._eks.nodegroup_state import NodegroupSpec, NodegroupState

MOVING_VERSIONS = {"$Latest": "LatestVersionNumber", "$Default": "DefaultVersionNumber"}
"""EKS keeps the number that such a version was when it looked."""


class LiveNodegroup(PatientResource):
    """One node group of a cluster."""

    def __init__(
        self, around: Surroundings, spec: NodegroupSpec, *, present: bool = True, wait: bool = True, check_mode: bool = False, clock: Clock | None = None
    ) -> None:
        super().__init__(around.clients("eks"), spec.cluster_name, clock=clock)
        self.around = around
        self.spec = spec
        self.present = present
        self.wait = wait
        self.check_mode = check_mode
        self.noun = f"node group {spec.name}"

    def observe(self) -> NodegroupState | None:
        answer = self._read()
        if answer is None and self.present:
            self.require_cluster(names(self.client, self.cluster))
        return NodegroupState.from_api(answer)

    def in_flight(self, state: NodegroupState | None) -> Verdict | None:
        return nodegroup.in_flight(state) if self.present or self.wait else None

    def plan(self, state: NodegroupState | None) -> Plan:
        if not self.present:
            return nodegroup.plan_absent(self.spec, state)
        return examine_subnets(self.around, self._fitting(nodegroup.plan_present(self.declared, state)), f"{self.noun} of cluster {self.cluster}")

    def _fitting(self, plan: Plan) -> Plan:
        """Return the plan; a Refusal where its version does not go with the cluster's, which in check mode an earlier task of the run may change."""
        if not nodegroup_rules.needs_cluster_version(self.spec, plan):
            return plan
        read = partial(describe_cluster, self.client, self.cluster)
        found = self.around.once("eks:DescribeCluster", (self.cluster,), f"read the Kubernetes version of cluster {self.cluster}", read)
        try:
            nodegroup_rules.refuse_skew(self.declared, found["version"]) if found else None
        except Refusal as refusal:
            if not self.check_mode:
                raise
            return replace(plan, warnings=(*plan.warnings, f"{refusal.message} Planned as though the cluster were upgraded first."))
        return plan

    @cached_property
    def declared(self) -> NodegroupSpec:
        """The declaration with `$Latest` and `$Default` as the numbers they are now: DescribeNodegroup answers with numbers."""
        template = self.spec.launch_template or {}
        member = MOVING_VERSIONS.get(template.get("version") or "")
        if member is None:
            return self.spec
        with speaking(f"read launch template {template.get('id') or template.get('name')} of {self.noun}"):
            found = api.describe_launch_template(self.around.clients("ec2"), template_id=template.get("id"), name=template.get("name"))
        return replace(self.spec, launch_template={**template, "version": str(found[member])})

    def verdict(self, step: Step, answer: Any) -> Verdict:
        """An update by its id, then by the group's status: it says UPDATING a little longer."""
        if step.settle == "deleted":
            return verdicts.deleted_verdict(self._read())
        if step.settle == "active":
            read = self._read()
            return verdicts.active_verdict(read) if read is not None else pending("not visible yet")
        verdict = self._update(answer["update"]["id"])
        return verdict if verdict.kind != "done" else nodegroup.in_flight(NodegroupState.from_api(self._read())) or done()

    def busy(self, error: Busy) -> Verdict:
        """Where the update that stands in the way stands: this node group's, or else the cluster's."""
        if error.update_id is None:
            return nodegroup.in_flight(NodegroupState.from_api(self._read())) or done()
        verdict = self._update(error.update_id)
        if verdict.kind == "failed":
            return done(verdict.reason)
        return super().busy(error) if verdict.kind == "done" else verdict

    def _read(self) -> dict[str, Any] | None:
        with speaking(f"read {self.noun} of cluster {self.cluster}"):
            return api.describe_nodegroup(self.client, self.cluster, self.spec.name)

    def _update(self, update_id: str) -> Verdict:
        return self.under_way(update_id, nodegroupName=self.spec.name)


def live_nodegroup(clients: Clients, params: Mapping[str, Any], *, wait: bool, check_mode: bool = False, clock: Clock | None = None) -> LiveNodegroup:
    """Return the node group that params (eks_nodegroup's, or a member's with cluster_name) declare."""
    return _live(Surroundings(clients), params, wait=wait, check_mode=check_mode, clock=clock)


def _live(around: Surroundings, params: Mapping[str, Any], *, wait: bool, check_mode: bool, clock: Clock | None) -> LiveNodegroup:
    spec, present = NodegroupSpec.from_params(params), params["state"] == "present"
    return LiveNodegroup(around, spec, present=present, wait=wait, check_mode=check_mode, clock=clock)


def live_nodegroups(clients: Clients, params: Mapping[str, Any], *, check_mode: bool = False, clock: Clock | None = None) -> Listed:
    """Return the set that eks_nodegroups' params declare: what is to be present all at once, then what is to go, so that pods have where to move."""
    cluster, wait, around = params["cluster_name"], params["wait"], Surroundings(clients)
    refuse_repeated("nodegroups", [item["name"] for item in params["nodegroups"]])
    found = names(clients("eks"), cluster)
    unwanted = _unwanted(params, found or ())
    declared = [item for item in params["nodegroups"] if item["name"] not in unwanted]
    coming = {item["name"]: _live(around, {**item, "cluster_name": cluster}, wait=wait, check_mode=check_mode, clock=clock) for item in declared}
    going = {name: LiveNodegroup(around, NodegroupSpec(cluster, name), present=False, wait=wait, clock=clock) for name in unwanted}
    return Listed(LiveResource(clients("eks"), cluster), [coming, going], partial(names, clients("eks"), cluster), found=found, required=bool(declared))


def _unwanted(params: Mapping[str, Any], found: Iterable[str]) -> list[str]:
    """Return the node groups that are to go: declared absent, or found and not declared where purge_nodegroups is set."""
    declared = {item["name"] for item in params["nodegroups"]}
    purged = [name for name in found if params["purge_nodegroups"] and name not in declared]
    return [*purged, *(item["name"] for item in params["nodegroups"] if item["state"] == "absent")]


def names(client: Any, cluster: str) -> list[str] | None:
    """Return the names of a cluster's node groups; None when there is no such cluster."""
    with speaking(f"list the node groups of cluster {cluster}"):
        return api.list_nodegroups(client, cluster)


def described_all(client: Any, cluster: str, name: str | None) -> list[dict[str, Any]]:
    """Return the node groups of a cluster, or the one of that name, in the order of their names."""
    found = LiveResource(client, cluster).require_cluster(names(client, cluster))
    with speaking(f"read the node groups of cluster {cluster}"):
        answers = [api.describe_nodegroup(client, cluster, each) for each in sorted(found) if name in (None, each)]
    return [to_snake(answer) for answer in answers if answer is not None]
