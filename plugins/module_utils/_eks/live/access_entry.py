# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access entries of a cluster, live."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any, Optional

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import missing_is_none, speaking
from ansible_collections.fleetops.eks.plugins.module_utils._aws.propagation import EKS_ROLE, EKS_ROLE_REMEDY, Propagation
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import ServiceError
from ansible_collections.fleetops.eks.plugins.module_utils._core.many import Many
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan, Step
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Clock, Verdict, done, pending
from ansible_collections.fleetops.eks.plugins.module_utils._eks.access_entry import WITHOUT_POLICIES, EntrySpec, EntryState, plan_absent, plan_present
from ansible_collections.fleetops.eks.plugins.module_utils._eks.access_entry_policies import policy_arn, refuse_unoffered, unknown_names
from ansible_collections.fleetops.eks.plugins.module_utils._eks.access_entry_set import Owners, of_service, why_kept
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api import access_entry as api
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.base import LiveResource
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.lookups import Lookups

Since = Callable[[str, str], Optional[datetime]]
"""Of a principal, and the account of the cluster: when the principal was made."""
MODE_REMEDY = "Set authentication_mode of the cluster to API_AND_CONFIG_MAP with fleetops.eks.eks_cluster; there is no way back."


class LiveEntry(LiveResource):
    """One entry, found by its principal. `since`, where given, tells when a role was made."""

    def __init__(
        self,
        client: Any,
        spec: EntrySpec,
        *,
        present: bool = True,
        since: Since | None = None,
        lookups: Lookups | None = None,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(client, spec.cluster_name)
        self.lookups = lookups or Lookups()
        self.spec = spec
        self.present = present
        self.since = since
        self.noun = f"access entry {spec.principal_arn}"
        self.fresh_role = Propagation(EKS_ROLE, clock=clock, remedy=EKS_ROLE_REMEDY)
        self.freed = Propagation(("already in use",), clock=clock)
        self._deleted = False

    def observe(self) -> EntryState | None:
        state = self.described()
        if state is None and self.present:
            with speaking(f"list access entries of cluster {self.cluster}"):
                self.require_cluster(api.list_access_entries(self.client, self.cluster))
        return state

    def described(self) -> EntryState | None:
        with _explaining(), speaking(f"read {self.noun} of cluster {self.cluster}"):
            return described(self.client, self.cluster, self.spec.principal_arn, self.since)

    def plan(self, state: EntryState | None) -> Plan:
        return self._examined(plan_present(self.spec, state)) if self.present else plan_absent(self.spec, state)

    def _examined(self, plan: Plan) -> Plan:
        """Return the plan; a Refusal where it grants what EKS does not offer, which is asked for names only that are not known to be there."""
        names = unknown_names(plan.steps)
        if names:
            offered = self.lookups.once("eks:ListAccessPolicies", (), "list the access policies of EKS", partial(api.list_access_policies, self.client))
            refuse_unoffered(self.spec.principal_arn, names, offered if offered is not None else names)
        return self.lookups.warned(plan)

    def perform(self, step: Step) -> Any:
        """What is gone when it is to go is gone; a name freed a moment ago is taken again as soon as EKS lets it go."""
        try:
            with self.fresh_role.patient(), self.freed.patient() if self._deleted else _explaining():
                answer = super().perform(step)
        except ServiceError as error:
            if error.code != "ResourceNotFoundException" or step.operation not in ("delete_access_entry", "disassociate_access_policy"):
                raise
            answer = {}
        self._deleted = self._deleted or step.operation == "delete_access_entry"
        return answer

    def verdict(self, step: Step, answer: Any) -> Verdict:
        with speaking(f"read {self.noun} of cluster {self.cluster}"):
            seen = api.describe_access_entry(self.client, self.cluster, self.spec.principal_arn) is not None
        return done() if seen == (step.settle == "visible") else pending(f"not yet {step.settle}")


class LiveEntries(Many):
    """The declared entries of a cluster and, where `purge` says so, those that are not: created and changed first, removed last."""

    def __init__(
        self,
        client: Any,
        cluster: str,
        specs: Mapping[str, EntrySpec],
        *,
        present: bool = True,
        purge: bool = False,
        caller: Callable[[], str] = str,
        since: Since | None = None,
        clock: Clock | None = None,
    ) -> None:
        """caller: tells the ARN of the principal this task runs as; asked only when there is something to purge."""
        lookups = Lookups()
        self.declared = {name: LiveEntry(client, spec, present=present, since=since, lookups=lookups, clock=clock) for name, spec in specs.items()}
        super().__init__([self.declared])
        self.client = client
        self.cluster = cluster
        self.present = present
        self.purge = purge
        self.caller = caller

    def observe(self) -> dict[str, EntryState | None]:
        """Return the states; principals are listed once, and only what is declared, or may be purged, is read."""
        with _explaining(), speaking(f"list access entries of cluster {self.cluster}"):
            listed = api.list_access_entries(self.client, self.cluster)
        if listed is None and self.present:
            LiveResource(self.client, self.cluster).require_cluster(None)
        known = set(listed or ())
        states = {name: entry.described() if name in known else None for name, entry in self.declared.items()}
        return {**states, **self._strangers(sorted(known - set(self.declared)) if self.purge else [])}

    def _strangers(self, principals: list[str]) -> dict[str, EntryState | None]:
        """Take up those that may be purged as members that are to be absent; return their states. A service's own role needs no look."""
        foreign = [name for name in principals if not of_service(name)]
        members = {name: LiveEntry(self.client, EntrySpec(self.cluster, name), present=False) for name in foreign}
        states = {name: member.described() for name, member in members.items()}
        if states:
            owners = self._owners()
            states = {name: state for name, state in states.items() if state is not None and why_kept(name, state, owners) is None}
        super().__init__([self.declared, {name: members[name] for name in states}])
        return dict(states)

    def _owners(self) -> Owners:
        with speaking(f"describe cluster {self.cluster}"):
            cluster = LiveResource(self.client, self.cluster).require_cluster(api.describe_cluster(self.client, self.cluster))
        return Owners(cluster["createdAt"], self.caller())


def described(client: Any, cluster: str, principal: str, since: Since | None = None) -> EntryState | None:
    """Return an entry with its policies; types that take none are not asked for them."""
    answer = api.describe_access_entry(client, cluster, principal)
    if answer is None:
        return None
    policies = [] if answer.get("type") in WITHOUT_POLICIES else api.list_associated_access_policies(client, cluster, principal)
    return EntryState.from_api(answer, policies or [], since(principal, answer["accessEntryArn"].split(":")[4]) if since else None)


def found_entries(client: Any, cluster: str, *, principal: str | None = None, policy: str | None = None) -> list[EntryState]:
    """Return the entries of a cluster, of one principal or with one policy; none where there is no such cluster."""
    where = {"associatedPolicyArn": policy_arn(policy, client.meta.partition)} if policy else {}
    with _explaining(), speaking(f"list access entries of cluster {cluster}"):
        names = sorted(api.list_access_entries(client, cluster, **where) or ())
        states = [described(client, cluster, name) for name in names if principal in (None, name)]
    return [state for state in states if state is not None]


def role_since(iam: Any) -> Since:
    """Return what tells when a role was made: None for users, for roles of other accounts, which IAM does not tell of, and for roles that are gone."""

    @missing_is_none("NoSuchEntity")
    def created(name: str) -> datetime | None:
        return iam.get_role(RoleName=name)["Role"]["CreateDate"]

    def since(principal: str, account: str) -> datetime | None:
        owner, resource = principal.split(":", 5)[4:]
        return created(resource.rpartition("/")[2]) if owner == account and resource.startswith("role/") else None

    return since


@contextmanager
def _explaining() -> Iterator[None]:
    """Say what to do where the cluster knows only the aws-auth ConfigMap."""
    try:
        yield
    except ServiceError as error:
        if "authentication mode" in error.message:
            error.remedy = MODE_REMEDY
        raise
