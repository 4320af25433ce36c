# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fargate profiles of a cluster, live: one, or a set, one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Busy, ServiceError
from ansible_collections.fleetops.eks.plugins.module_utils._core.many import refuse_repeated
from ansible_collections.fleetops.eks.plugins.module_utils._core.naming import to_snake
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan, Step
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Clock, Verdict, done, pending
from ansible_collections.fleetops.eks.plugins.module_utils._eks import fargate_profile, verdicts
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api import fargate_profile as api
from ansible_collections.fleetops.eks.plugins.module_utils._eks.fargate_profile import ProfileSpec, ProfileState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.base import LiveResource
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.listed import Listed
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.patient import PatientResource
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.surroundings import Clients, Surroundings, examine_subnets

_ANOTHER = re.compile(r"currently has Fargate profile (?P<name>\S+) in status")
"""EKS creates and deletes one profile of a cluster at a time, and names the one that is in the way."""


class LiveProfile(PatientResource):
    """One Fargate profile of a cluster."""

    def __init__(self, around: Surroundings, spec: ProfileSpec, *, present: bool = True, wait: bool = True, clock: Clock | None = None) -> None:
        super().__init__(around.clients("eks"), spec.cluster_name, clock=clock)
        self.around = around
        self.spec = spec
        self.present = present
        self.wait = wait
        self.noun = f"Fargate profile {spec.name}"

    def observe(self) -> ProfileState | None:
        answer = self._read(self.spec.name)
        if answer is None and self.present:
            self.require_cluster(names(self.client, self.cluster))
        return ProfileState.from_api(answer)

    def in_flight(self, state: ProfileState | None) -> Verdict | None:
        return fargate_profile.in_flight(state) if self.wait or self._declared(state) else None

    def plan(self, state: ProfileState | None) -> Plan:
        return examine_subnets(self.around, self._declared(state), f"{self.noun} of cluster {self.cluster}")

    def _declared(self, state: ProfileState | None) -> Plan:
        return fargate_profile.plan_present(self.spec, state) if self.present else fargate_profile.plan_absent(self.spec, state)

    def perform(self, step: Step) -> Any:
        """Another profile that is in the way is a matter of minutes."""
        try:
            return super().perform(step)
        except ServiceError as error:
            if isinstance(error, Busy) or not _ANOTHER.search(error.message):
                raise
            raise Busy(error.message, code=error.code, error=error.facts["error"]) from error

    def verdict(self, step: Step, answer: Any) -> Verdict:
        read = self._read(self.spec.name)
        if step.settle == "deleted":
            return verdicts.deleted_verdict(read)
        return pending("not visible yet") if read is None else verdicts.active_verdict(read)

    def busy(self, error: Busy) -> Verdict:
        """Where the profile stands that is in the way; what became of it is its own task's affair."""
        another = _ANOTHER.search(error.message)
        if another is None:
            return super().busy(error)
        return fargate_profile.in_flight(ProfileState.from_api(self._read(another["name"]))) or done()

    def _read(self, name: str) -> dict[str, Any] | None:
        with speaking(f"read Fargate profile {name} of cluster {self.cluster}"):
            return api.describe_fargate_profile(self.client, self.cluster, name)


def live_profile(clients: Clients, params: Mapping[str, Any], *, wait: bool, clock: Clock | None = None) -> LiveProfile:
    """Return the profile that params (eks_fargate_profile's, or a member's with cluster_name) declare."""
    return _live(Surroundings(clients), params, wait=wait, clock=clock)


def _live(around: Surroundings, params: Mapping[str, Any], *, wait: bool, clock: Clock | None) -> LiveProfile:
    return LiveProfile(around, ProfileSpec.from_params(params), present=params["state"] == "present", wait=wait, clock=clock)


def live_profiles(clients: Clients, params: Mapping[str, Any], *, clock: Clock | None = None) -> Listed:
    """Return the set that eks_fargate_profiles' params declare, each profile a wave of its own: first what is to be present, then what is to go."""
    cluster, wait, options = params["cluster_name"], params["wait"], params["fargate_profiles"]
    refuse_repeated("fargate_profiles", [item["name"] for item in options])
    client, around = clients("eks"), Surroundings(clients)
    found = names(client, cluster)
    unwanted = _unwanted(params, found or ())
    declared = [item for item in options if item["name"] not in unwanted]
    coming = [{item["name"]: _live(around, {**item, "cluster_name": cluster}, wait=wait, clock=clock)} for item in declared]
    going = [{name: LiveProfile(around, ProfileSpec(cluster, name), present=False, wait=wait, clock=clock)} for name in unwanted]
    return Listed(LiveResource(client, cluster), [*coming, *going], partial(names, client, cluster), found=found, required=bool(declared))


def _unwanted(params: Mapping[str, Any], found: Iterable[str]) -> list[str]:
    """Return the profiles that are to go: declared absent, or found and not declared where purge_fargate_profiles is set."""
    declared = {item["name"] for item in params["fargate_profiles"]}
    purged = [name for name in found if params["purge_fargate_profiles"] and name not in declared]
    return [*purged, *(item["name"] for item in params["fargate_profiles"] if item["state"] == "absent")]


def names(client: Any, cluster: str) -> list[str] | None:
    """Return the names of a cluster's Fargate profiles; None when there is no such cluster."""
    with speaking(f"list the Fargate profiles of cluster {cluster}"):
        return api.list_fargate_profiles(client, cluster)


def described_all(client: Any, cluster: str, name: str | None) -> list[dict[str, Any]]:
    """Return the Fargate profiles of a cluster, or the one of that name, in the order of their names."""
    found = LiveResource(client, cluster).require_cluster(names(client, cluster))
    with speaking(f"read the Fargate profiles of cluster {cluster}"):
        answers = [api.describe_fargate_profile(client, cluster, each) for each in sorted(found) if name in (None, each)]
    return [to_snake(answer) for answer in answers if answer is not None]
