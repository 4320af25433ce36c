# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The OIDC identity provider of a cluster, live."""

from __future__ import annotations

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._core.naming import to_snake
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan, Step
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Clock, Verdict, done, pending
from ansible_collections.fleetops.eks.plugins.module_utils._eks import identity_provider, verdicts
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api import identity_provider as api
from ansible_collections.fleetops.eks.plugins.module_utils._eks.identity_provider_values import ProviderSpec, ProviderState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.patient import PatientResource


class LiveProvider(PatientResource):
    """The identity provider of a cluster; where there is one of another name, that one is seen."""

    def __init__(self, client: Any, spec: ProviderSpec, *, present: bool = True, wait: bool = True, clock: Clock | None = None) -> None:
        super().__init__(client, spec.cluster_name, clock=clock)
        self.spec = spec
        self.present = present
        self.wait = wait
        self.noun = f"identity provider {spec.name}"

    def observe(self) -> ProviderState | None:
        answer = self._read(self.spec.name)
        if answer is None and self.present:
            others = self.require_cluster(names(self.client, self.cluster))
            answer = self._read(others[0]) if others else None
        return ProviderState.from_api(answer)

    def in_flight(self, state: ProviderState | None) -> Verdict | None:
        """A provider of another name that is going is waited for like its own."""
        return identity_provider.in_flight(state) if self.wait or self.plan(state) else None

    def plan(self, state: ProviderState | None) -> Plan:
        return identity_provider.plan_present(self.spec, state) if self.present else identity_provider.plan_absent(self.spec, state)

    def verdict(self, step: Step, answer: Any) -> Verdict:
        """The update by its id, then the configuration, which a read may still show as it was."""
        if step.settle is None:
            return done()
        verdict = self._update(answer)
        if verdict.kind != "done":
            return verdict
        read = self._read(self.spec.name)
        if step.settle == "disassociated":
            return verdicts.deleted_verdict(read)
        return pending("not visible yet") if read is None else verdicts.active_verdict(read)

    def _update(self, answer: Any) -> Verdict:
        """What was gone when it was to be disassociated has no update."""
        return self.under_way(answer["update"]["id"]) if "update" in answer else done()

    def _read(self, name: str) -> dict[str, Any] | None:
        with speaking(f"read identity provider {name} of cluster {self.cluster}"):
            return api.describe_identity_provider_config(self.client, self.cluster, name)


def names(client: Any, cluster: str) -> list[str] | None:
    """Return the names of a cluster's OIDC identity providers; None when there is no such cluster."""
    with speaking(f"list the identity providers of cluster {cluster}"):
        listed = api.list_identity_provider_configs(client, cluster)
    return None if listed is None else [each["name"] for each in listed if each["type"] == "oidc"]


def described_all(client: Any, cluster: str) -> list[dict[str, Any]]:
    """Return the identity providers of a cluster: one, or none."""
    found = PatientResource(client, cluster).require_cluster(names(client, cluster))
    with speaking(f"read the identity providers of cluster {cluster}"):
        answers = [api.describe_identity_provider_config(client, cluster, name) for name in sorted(found)]
    return [to_snake(answer) for answer in answers if answer is not None]
