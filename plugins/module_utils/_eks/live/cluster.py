# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster, live: observed by its name, changed step by step, each step settled by its update id."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._aws.propagation import EKS_ROLE, Propagation
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Busy, FleetopsError, ServiceError
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan, Step
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Clock, Verdict, done, pending
from ansible_collections.fleetops.eks.plugins.module_utils._eks import verdicts
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api import base as updates
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api import cluster as api
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster import plan_absent, plan_present
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster_values import ClusterSpec, ClusterState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.base import LiveResource
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.cluster_attached import attached, refusal, told
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.cluster_evidence import Evidence
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.lookups import Lookups
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.surroundings import Clients, ClusterSurroundings

VISIBILITY = 30.0
"""Seconds that a cluster or update, once accepted, may stay unseen by reads."""
ROLE_REMEDY = "See that role_arn exists, trusts eks.amazonaws.com and has the policy AmazonEKSClusterPolicy (fleetops.eks.eks_iam_roles makes such a role)."
READERS = 5
"""Reads in flight at a time, for one account and region: more are throttled."""
UNSEEN_ROLE = (
    *EKS_ROLE,
    "could not be assumed",
    ", does not exist",
    "error in role params",
    "doesn't have the amazon eks managed policies",
    "iam role's policy must include",
    "trust policy is not correct",
)
"""How EKS says that it does not see a role, its trust or its policies yet: the texts that hashicorp/terraform-provider-aws retries, for 2 minutes."""
_REFUSED = frozenset({"InvalidParameterException", "InvalidRequestException"})
MOVING = frozenset({"CREATING", "PENDING", "UPDATING"})


class LiveCluster(LiveResource):
    """One cluster. `wait` False: what others do to it is waited for only when something is left to change."""

    def __init__(self, clients: Clients, spec: ClusterSpec, *, clock: Clock, present: bool = True, wait: bool = True, check_mode: bool = False) -> None:
        super().__init__(clients("eks"), spec.name)
        self.evidence = Evidence(self.client, spec, clock=clock, refresh=not check_mode)
        self.surroundings = ClusterSurroundings(clients, spec)
        self.spec = spec
        self.clock = clock
        self.present = present
        self.wait = wait
        self.check_mode = check_mode
        self._begun: float | None = None
        self._proven: float | None = None
        self._propagation = Propagation(UNSEEN_ROLE, clock=clock, window=120, remedy=ROLE_REMEDY)

    def observe(self) -> ClusterState | None:
        state = ClusterState.from_api(self._found())
        asked = state is not None and self.present and self.spec.cancel_rollback
        return replace(state, rollback=self.evidence.rollback_under_way()) if state is not None and asked else state

    def in_flight(self, state: ClusterState | None) -> Verdict | None:
        """A cluster on its way out is waited for when it is to be absent, and an error of the plan when it is to be present."""
        if state is None or state.rollback:
            return None
        moving = (state.status in MOVING and not state.connected) or (state.status == "DELETING" and not self.present)
        return pending(state.status, status=state.status) if moving and (self.wait or self._declared(state)) else None

    def plan(self, state: ClusterState | None) -> Plan:
        plan = self._declared(state)
        return self.evidence.examine(self.surroundings.examine(plan, state), state) if self.present else self._removable(plan)

    def _removable(self, plan: Plan) -> Plan:
        """Return the plan; a Refusal while something is attached, which in check mode an earlier task of the same run would have removed."""
        if not plan:
            return plan
        found = attached(self.surroundings, self.client, self.cluster)
        if found and not self.check_mode:
            raise refusal(self.cluster, found)
        late = (f"Cluster {self.cluster} has {told(found)}: planned as though they were gone.",) if found else ()
        return self.surroundings.warned(replace(plan, warnings=(*plan.warnings, *late)))

    def _declared(self, state: ClusterState | None) -> Plan:
        """The plan by the cluster alone; what else AWS knows is asked once, before the first step."""
        return plan_present(self.spec, state) if self.present else plan_absent(self.spec, state)

    def perform(self, step: Step) -> Any:
        if step.operation == "update_cluster_version":
            self.evidence.before_hop(step.request["version"])
        try:
            answer = super().perform(step)
        except Busy:
            raise
        except ServiceError as error:
            answer = self._understood(step, error)
        self._begun, self._proven = self.clock.now(), None
        return answer

    def verdict(self, step: Step, answer: Any) -> Verdict:
        return _SETTLE[step.settle](self, step, answer) if step.settle else super().verdict(step, answer)

    def describe(self, step: Step) -> str:
        about = f": {', '.join(step.fields)}" if step.operation == "update_cluster_config" else ""
        to = f" to {step.request['version']}" if step.operation == "update_cluster_version" else ""
        verb = step.operation.replace("_", " ")
        return f"{verb} {self.cluster}{to}{about}" if verb.endswith("cluster") else f"{verb} of cluster {self.cluster}{to}{about}"

    def _found(self) -> dict[str, Any] | None:
        with speaking(f"describe cluster {self.cluster}"):
            return api.describe_cluster(self.client, self.cluster)

    def _understood(self, step: Step, error: ServiceError) -> Any:
        """Return the answer of a refused call whose aim is met, raise Busy where time heals, else the error with what is known."""
        if step.settle == "update" and error.code in _REFUSED and self._met(step):
            return {}
        if step.operation == "delete_cluster" and error.code == "ResourceInUseException":
            raise self._held(error)
        error.remedy = _REMEDIES.get((step.operation, error.code), error.remedy)
        raise self._propagation.weigh(error) if step.operation == "create_cluster" else error

    def _held(self, error: ServiceError) -> ServiceError:
        """Add what was attached since the plan was made, and what could not be listed."""
        lookups = Lookups()
        found = attached(lookups, self.client, self.cluster)
        error.facts["attached"] = found
        error.remedy = f"Remove what is attached first: {told(found)}." if found else "Run again when the operation under way has ended."
        if lookups.unread:
            error.remedy = f"Remove what is attached first. {' '.join(lookups.unread)}"
        return error

    def _met(self, step: Step) -> bool:
        """EKS refuses an update that changes nothing: whether somebody else's update, which stood in the way, has made this step true."""
        left = [(change.path, change.after) for other in self._declared(self.observe()).steps for change in other.changes]
        return not any((change.path, change.after) in left for change in step.changes)

    def _unseen(self, found: Any) -> bool:
        return found is None and self._begun is not None and self.clock.now() - self._begun < VISIBILITY

    def _created(self, step: Step, answer: Any) -> Verdict:
        found = self._found()
        return pending("not visible yet") if self._unseen(found) else verdicts.active_verdict(found)

    def _updated(self, step: Step, answer: Mapping[str, Any]) -> Verdict:
        if "update" not in answer:
            return super().verdict(step, answer)
        update_id = answer["update"]["id"]
        with speaking(f"describe update {update_id} of cluster {self.cluster}"):
            found = updates.describe_update(self.client, name=self.cluster, updateId=update_id)
        verdict = pending("not visible yet") if self._unseen(found) else verdicts.update_verdict(found)
        return self._visible(step, answer) if verdict.kind == "done" else verdict

    def _cancelled(self, step: Step, answer: Mapping[str, Any]) -> Verdict:
        with speaking(f"describe update {step.request['updateId']} of cluster {self.cluster}"):
            return verdicts.cancelled_verdict(updates.describe_update(self.client, name=self.cluster, updateId=step.request["updateId"]))

    def _visible(self, step: Step, answer: Any) -> Verdict:
        """What succeeded shows in DescribeCluster a moment later; what never does, reconcile's look afterwards names."""
        self._proven = self.clock.now() if self._proven is None else self._proven
        late = self.clock.now() - self._proven >= VISIBILITY
        return done() if late or self._met(step) else pending("not visible yet")

    def _gone(self, step: Step, answer: Any) -> Verdict:
        """A cluster that had failed may still read FAILED at first; only time tells that from a deletion that failed."""
        found = self._found()
        before = next((change.before for change in step.changes if change.path == "status"), None)
        if found is not None and found["status"] == before:
            return pending(f"{before} still", status=before)
        return verdicts.deleted_verdict(found)


_SETTLE: dict[str, Callable[[LiveCluster, Step, Any], Verdict]] = {
    "active": LiveCluster._created,
    "update": LiveCluster._updated,
    "visible": LiveCluster._visible,
    "cancelled": LiveCluster._cancelled,
    "deleted": LiveCluster._gone,
}
_LATE = "It is past the point where it can be cancelled: run again without cancel_rollback, which waits until it has ended."
_REMEDIES = {
    ("create_cluster", "ResourceInUseException"): "Somebody else has created it meanwhile: run again to take it up.",
    ("cancel_update", "InvalidStateException"): _LATE,
    ("cancel_update", "InvalidRequestException"): _LATE,
    ("update_cluster_version", "InvalidStateException"): "Mend what the cluster's upgrade insights name, or set force: true to go on against them.",
}


def with_group_ids(spec: ClusterSpec, ec2: Callable[[], Any]) -> ClusterSpec:
    """Return spec with names of security groups as ids. EC2 is asked only when there is a name; it is the subnets' VPC that counts."""
    names = [group for group in spec.security_groups or () if not group.startswith("sg-")]
    if not names:
        return spec
    if not spec.subnets:
        raise FleetopsError(f"security_groups names {', '.join(names)}, whose VPC is not known.", remedy="Give ids (sg-…), or subnets as well.")
    with speaking(f"find security groups {', '.join(names)}"):
        known = api.security_group_ids(ec2(), api.vpc_of_subnet(ec2(), spec.subnets[0]), names)
    return replace(spec, security_groups=_ids(spec.security_groups or (), known))


def _ids(groups: Sequence[str], known: Mapping[str, str]) -> list[str]:
    missing = [group for group in groups if not group.startswith("sg-") and group not in known]
    if missing:
        raise FleetopsError(f"There is no security group {', '.join(missing)} in the VPC of the subnets.", remedy="Correct security_groups, or give ids.")
    return [known.get(group, group) for group in groups]


def described_all(client: Any, names: Sequence[str] | None, *, connected: bool = False) -> list[dict[str, Any]]:
    """Return what EKS says of the clusters with these names, or of all in the region; names of none are left out."""
    with speaking("read the clusters"):
        wanted = api.list_clusters(client, connected=connected) if names is None else list(dict.fromkeys(names))
        with ThreadPoolExecutor(max_workers=READERS) as pool:
            return [found for found in pool.map(partial(api.describe_cluster, client), wanted) if found is not None]
