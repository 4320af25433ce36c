# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pod identity associations of a cluster, live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._aws.propagation import EKS_ROLE, EKS_ROLE_REMEDY, Propagation
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import ServiceError
from ansible_collections.fleetops.eks.plugins.module_utils._core.many import Many
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan, Step
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Clock, Verdict, done, pending
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api import pod_identity as api
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.base import LiveResource
from ansible_collections.fleetops.eks.plugins.module_utils._eks.pod_identity import AssociationSpec, AssociationState, plan_absent, plan_present


class LiveAssociation(LiveResource):
    """One association, found by its namespace and service account."""

    def __init__(self, client: Any, spec: AssociationSpec, *, present: bool = True, clock: Clock | None = None) -> None:
        super().__init__(client, spec.cluster_name)
        self.spec = spec
        self.present = present
        self.noun = f"pod identity association {spec.namespace}/{spec.service_account}"
        self.fresh_role = Propagation(EKS_ROLE, clock=clock, remedy=EKS_ROLE_REMEDY)

    def observe(self) -> AssociationState | None:
        found = self._found()
        if self.present:
            self.require_cluster(found)
        return self.described(found[0]["associationId"]) if found else None

    def described(self, association_id: str) -> AssociationState | None:
        with speaking(f"read {self.noun} of cluster {self.cluster}"):
            return described(self.client, self.cluster, association_id)

    def plan(self, state: AssociationState | None) -> Plan:
        return plan_present(self.spec, state) if self.present else plan_absent(self.spec, state)

    def perform(self, step: Step) -> Any:
        """What is gone when it is to be deleted is deleted."""
        try:
            with self.fresh_role.patient():
                return super().perform(step)
        except ServiceError as error:
            if error.code != "ResourceNotFoundException" or step.settle != "deleted":
                raise
        return {}

    def verdict(self, step: Step, answer: Any) -> Verdict:
        return done() if bool(self._found()) == (step.settle == "visible") else pending(f"not yet {step.settle}")

    def _found(self) -> list[dict[str, Any]] | None:
        with speaking(f"list {self.noun} of cluster {self.cluster}"):
            return api.list_pod_identity_associations(self.client, self.cluster, namespace=self.spec.namespace, serviceAccount=self.spec.service_account)


class LiveAssociations(Many):
    """The declared associations of a cluster and, where `purge` says so, those that are not: created and changed first, removed last.

    What an add-on owns is never purged.
    """

    def __init__(
        self, client: Any, cluster: str, specs: Mapping[str, AssociationSpec], *, present: bool = True, purge: bool = False, clock: Clock | None = None
    ) -> None:
        self.declared = {name: LiveAssociation(client, spec, present=present, clock=clock) for name, spec in specs.items()}
        super().__init__([self.declared])
        self.client = client
        self.cluster = cluster
        self.present = present
        self.purge = purge

    def observe(self) -> dict[str, AssociationState | None]:
        """Return the states; the cluster's associations are listed once, and only what is declared, or is to go, is read."""
        with speaking(f"list pod identity associations of cluster {self.cluster}"):
            listed = api.list_pod_identity_associations(self.client, self.cluster)
        if self.present:
            LiveResource(self.client, self.cluster).require_cluster(listed)
        known = {f"{each['namespace']}/{each['serviceAccount']}": each for each in listed or ()}
        strangers = [each for name, each in known.items() if self.purge and name not in self.declared and not each.get("ownerArn")]
        super().__init__([self.declared, {f"{each['namespace']}/{each['serviceAccount']}": self._unwanted(each) for each in strangers}])
        return {name: member.described(known[name]["associationId"]) if name in known else None for name, member in self.members.items()}

    def _unwanted(self, listed: Mapping[str, Any]) -> LiveAssociation:
        return LiveAssociation(self.client, AssociationSpec(self.cluster, listed["namespace"], listed["serviceAccount"]), present=False)


def described(client: Any, cluster: str, association_id: str) -> AssociationState | None:
    return AssociationState.from_api(api.describe_pod_identity_association(client, cluster, association_id))


def found_associations(client: Any, cluster: str, **where: str) -> list[AssociationState]:
    """Return the associations of a cluster; none where there is no such cluster. where: namespace, serviceAccount."""
    with speaking(f"read pod identity associations of cluster {cluster}"):
        listed = api.list_pod_identity_associations(client, cluster, **where) or []
        listed.sort(key=lambda each: (each["namespace"], each["serviceAccount"]))
        states = [described(client, cluster, each["associationId"]) for each in listed]
    return [state for state in states if state is not None]
