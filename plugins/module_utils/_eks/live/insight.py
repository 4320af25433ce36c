# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Insights, live: listed, described where asked, and renewed before that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import Run
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Deadline, Verdict, settle
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api import insight as api
from ansible_collections.fleetops.eks.plugins.module_utils._eks.insight import refresh_verdict, to_result
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.base import LiveResource


class Insights(LiveResource):
    """The insights of one cluster."""

    def found(self, where: Mapping[str, Sequence[str]], *, describe: bool) -> list[dict[str, Any]]:
        """Return the insights that where leaves, by category and name; described ones have their resources and recommendation too."""
        with speaking(f"read the insights of cluster {self.cluster}"):
            listed = self.require_cluster(api.list_insights(self.client, self.cluster, where))
            listed.sort(key=lambda each: (each.get("category", ""), each.get("name", ""), each.get("kubernetesVersion") or ""))
            answers = [api.describe_insight(self.client, self.cluster, each["id"]) for each in listed] if describe else listed
        return [to_result(answer) for answer in answers if answer is not None]

    def refresh(self, run: Run) -> None:
        """Let EKS look anew and wait until it has; what runs already is waited for."""
        before = self._last()
        with speaking(f"refresh the insights of cluster {self.cluster}"):
            self.client.start_insights_refresh(clusterName=self.cluster)

        def look() -> Verdict:
            return refresh_verdict(before, self._last())

        settle(look, what=f"the refresh of the insights of cluster {self.cluster}", deadline=Deadline(run.clock, run.wait_timeout), progress=run.progress)

    def _last(self) -> dict[str, Any] | None:
        with speaking(f"read the last refresh of the insights of cluster {self.cluster}"):
            return api.describe_insights_refresh(self.client, self.cluster)
