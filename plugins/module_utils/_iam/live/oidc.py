# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OpenID Connect providers, live: found by their issuer, which the cluster tells where it is not given."""

from __future__ import annotations

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._aws.propagation import Propagation
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Busy, ParentMissing, ServiceError
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan, Step
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Clock, Verdict, done, pending
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.cluster import describe_cluster
from ansible_collections.fleetops.eks.plugins.module_utils._iam import api
from ansible_collections.fleetops.eks.plugins.module_utils._iam.oidc import ProviderSpec, ProviderState, issuer_of, plan_absent, plan_present

CHANGING = ("concurrentmodification", "entitytemporarilyunmodifiable")
QUOTA = "An account has at most 100 OpenID Connect providers: remove those of clusters that are gone, or use EKS Pod Identity."


class LiveProvider:
    """One provider. eks tells the issuer of a cluster; nothing else is asked of it."""

    def __init__(self, iam: Any, eks: Any, spec: ProviderSpec, *, present: bool = True, clock: Clock | None = None) -> None:
        self.iam = iam
        self.eks = eks
        self.spec = spec
        self.present = present
        self.changing = Propagation(CHANGING, clock=clock)

    @property
    def noun(self) -> str:
        return f"OIDC provider {self.spec.issuer or f'of cluster {self.spec.cluster_name}'}"

    def observe(self) -> ProviderState | None:
        if self.spec.issuer is None:
            issuer = cluster_issuer(self.eks, self.spec.cluster_name or "")
            if issuer is None:
                self._require_issuer()
                return None
            self.spec = self.spec.of(issuer)
        return found_provider(self.iam, self.spec.issuer or "")

    def nothing(self) -> None:
        return None

    def in_flight(self, state: ProviderState | None) -> Verdict | None:
        return None

    def plan(self, state: ProviderState | None) -> Plan:
        if not self.present and self.spec.issuer is None:
            return Plan(warnings=(f"Cluster {self.spec.cluster_name} does not exist, so its issuer is not known: give url to remove its provider.",))
        return plan_present(self.spec, state) if self.present else plan_absent(state)

    def perform(self, step: Step) -> Any:
        """Gone is gone; `exists`, where there was none, is the echo of a try whose answer was lost."""
        try:
            with self.changing.patient(), speaking(self.describe(step)):
                answer = getattr(self.iam, step.operation)(**step.request)
        except ServiceError as error:
            return self._weigh(step, error)
        return {key: value for key, value in answer.items() if key != "ResponseMetadata"}

    def verdict(self, step: Step, answer: Any) -> Verdict:
        there = found_provider(self.iam, self.spec.issuer or "") is not None
        return done() if there == (step.settle == "visible") else pending(f"not yet {step.settle}")

    def busy(self, error: Busy) -> Verdict:
        return done()

    def describe(self, step: Step) -> str:
        return f"{step.operation.replace('_', ' ')} ({self.noun})"

    def _weigh(self, step: Step, error: ServiceError) -> dict[str, Any]:
        if error.code == "NoSuchEntity" and step.settle == "deleted":
            return {}
        if error.code == "EntityAlreadyExists" and step.settle == "visible":
            return {}
        if error.code == "LimitExceeded" and step.settle == "visible":
            error.remedy = QUOTA
        raise error

    def _require_issuer(self) -> None:
        """Raise where there must be a cluster; what is to be absent needs none."""
        if self.present:
            raise ParentMissing(
                f"Cluster {self.spec.cluster_name} does not exist, or has no issuer yet, in region {self.eks.meta.region_name}.",
                remedy="Create it with fleetops.eks.eks_cluster, or correct cluster_name, region or profile; or give url.",
            )


def cluster_issuer(eks: Any, cluster: str) -> str | None:
    """Return the issuer of a cluster, as IAM names a provider; None when there is no such cluster, or it has none yet."""
    with speaking(f"read the issuer of cluster {cluster}"):
        found = describe_cluster(eks, cluster)
    url = (((found or {}).get("identity") or {}).get("oidc") or {}).get("issuer")
    return issuer_of(url) if url else None


def found_provider(iam: Any, issuer: str) -> ProviderState | None:
    """Return the provider of an issuer. Its ARN is looked up, so that nobody need know account and partition."""
    with speaking(f"read OIDC provider {issuer}"):
        arn = next((arn for arn in api.list_open_id_connect_providers(iam) if arn.endswith(f":oidc-provider/{issuer}")), None)
        return ProviderState.from_api(arn, api.get_open_id_connect_provider(iam, arn)) if arn else None


def found_providers(iam: Any) -> list[ProviderState]:
    """Return all providers of the account, by issuer."""
    with speaking("read the OIDC providers of the account"):
        states = [ProviderState.from_api(arn, api.get_open_id_connect_provider(iam, arn)) for arn in api.list_open_id_connect_providers(iam)]
    return sorted((state for state in states if state is not None), key=lambda state: state.issuer)
