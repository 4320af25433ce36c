# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificate authorities of a cluster, live: all of them are one resource, of which a step of the rotation changes one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan, Step
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Clock, Verdict, done
from ansible_collections.fleetops.eks.plugins.module_utils._eks import certificate_authority
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api import certificate_authority as api
from ansible_collections.fleetops.eks.plugins.module_utils._eks.certificate_authority import AuthoritySpec, AuthorityState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.base import LiveResource
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.patient import PatientResource


def today() -> datetime:
    return datetime.now(UTC)


class LiveAuthorities(PatientResource):
    """The certificate authorities of a cluster."""

    noun = "certificate authority"

    def __init__(self, client: Any, spec: AuthoritySpec, *, wait: bool = True, clock: Clock | None = None, now: Callable[[], datetime] = today) -> None:
        super().__init__(client, spec.cluster_name, clock=clock)
        self.spec = spec
        self.wait = wait
        self.now = now

    def observe(self) -> list[AuthorityState]:
        return described_all(self.client, self.cluster, required=self.spec.state != "absent")

    def nothing(self) -> list[AuthorityState]:
        return []

    def in_flight(self, state: list[AuthorityState]) -> Verdict | None:
        return certificate_authority.in_flight(state) if self.wait or self.plan(state) else None

    def plan(self, state: list[AuthorityState]) -> Plan:
        return certificate_authority.plan(self.spec, state, self.now())

    def verdict(self, step: Step, answer: Any) -> Verdict:
        """The update by its id, then the authority, which a read may still show as it was."""
        if step.settle is None or "update" not in answer:
            return done()
        authority, verdict = answer["certificateAuthority"]["id"], self.under_way(answer["update"]["id"])
        if verdict.kind != "done":
            return verdict
        with speaking(f"read certificate authority {authority} of cluster {self.cluster}"):
            read = api.describe_certificate_authority(self.client, self.cluster, authority)
        return certificate_authority.settled(step.settle, None if read is None else AuthorityState.from_api(read))


def described_all(client: Any, cluster: str, *, required: bool = True) -> list[AuthorityState]:
    """Return the certificate authorities of a cluster, the one that signs first."""
    with speaking(f"read the certificate authorities of cluster {cluster}"):
        listed = api.list_certificate_authorities(client, cluster)
        if required:
            LiveResource(client, cluster).require_cluster(listed)
        answers = [api.describe_certificate_authority(client, cluster, each["id"]) for each in listed or ()]
    states = [AuthorityState.from_api(answer) for answer in answers if answer is not None]
    return sorted(states, key=lambda state: (state.signing_status != "IN_USE", state.id))
