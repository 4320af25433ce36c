# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pod identity associations of a cluster, live. All operations answer at once: nothing settles."""

from __future__ import annotations

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api import pod_identity as api
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.base import LiveResource
from ansible_collections.fleetops.eks.plugins.module_utils._eks.pod_identity import AssociationSpec, AssociationState, plan_absent, plan_present


class LiveAssociation(LiveResource):
    """One association, found by its namespace and service account."""

    def __init__(self, client: Any, spec: AssociationSpec, *, present: bool = True) -> None:
        super().__init__(client, spec.cluster_name)
        self.spec = spec
        self.present = present
        self.noun = f"pod identity association {spec.namespace}/{spec.service_account}"

    def observe(self) -> AssociationState | None:
        with speaking(f"read {self.noun} of cluster {self.cluster}"):
            found = api.list_pod_identity_associations(self.client, self.cluster, namespace=self.spec.namespace, serviceAccount=self.spec.service_account)
            if self.present:
                self.require_cluster(found)
            return described(self.client, self.cluster, found[0]["associationId"]) if found else None

    def plan(self, state: AssociationState | None) -> Plan:
        return plan_present(self.spec, state) if self.present else plan_absent(self.spec, state)


def described(client: Any, cluster: str, association_id: str) -> AssociationState | None:
    return AssociationState.from_api(api.describe_pod_identity_association(client, cluster, association_id))
