# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The I/O half of an EKS noun: observes and calls through a client, leaves every decision to the noun's pure file."""

from __future__ import annotations

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Busy, ParentMissing
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Step
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Verdict, done
from ansible_collections.fleetops.eks.plugins.module_utils._eks import verdicts
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api import base as api


class LiveResource:
    """What nouns share. A subclass says its noun (`add-on coredns`), observes, plans, and settles what is its own."""

    noun = "resource"

    def __init__(self, client: Any, cluster: str) -> None:
        self.client = client
        self.cluster = cluster

    def nothing(self) -> Any:
        return None

    def in_flight(self, state: Any) -> Verdict | None:
        return None

    def perform(self, step: Step) -> Any:
        with speaking(self.describe(step)):
            answer = getattr(self.client, step.operation)(**step.request)
        return {key: value for key, value in answer.items() if key != "ResponseMetadata"}

    def verdict(self, step: Step, answer: Any) -> Verdict:
        return done()

    def busy(self, error: Busy) -> Verdict:
        """Where the update that stands in the way stands; without its id one look later is all that can be done."""
        if error.update_id is None:
            return done()
        with speaking(f"describe update {error.update_id} of cluster {self.cluster}"):
            verdict = verdicts.update_verdict(api.describe_update(self.client, name=self.cluster, updateId=error.update_id))
        return done(verdict.reason) if verdict.kind == "failed" else verdict

    def describe(self, step: Step) -> str:
        return f"{step.operation.replace('_', ' ')} ({self.noun} of cluster {self.cluster})"

    def require_cluster(self, found: Any) -> Any:
        """Return found, or say that the cluster is missing where EKS answered that there is none."""
        if found is None:
            raise ParentMissing(
                f"Cluster {self.cluster} does not exist in region {self.client.meta.region_name}.",
                remedy="Create it with fleetops.eks.eks_cluster, or correct cluster_name, region or profile.",
            )
        return found
