# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Add-ons and node groups take what passes by itself with patience."""

from __future__ import annotations

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._aws.propagation import EKS_ROLE, EKS_ROLE_REMEDY, Propagation
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import ServiceError
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Step
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Clock, Deadline, SystemClock, Verdict, pending
from ansible_collections.fleetops.eks.plugins.module_utils._eks import verdicts
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.base import describe_update
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.base import LiveResource

CHANGING = ("currently not in active state", "as it is currently in")
"""What EKS says of an add-on or a node group that another operation took hold of since it was looked at."""

VISIBILITY = 10.0
"""Seconds for which reads may not know yet of an update that a call has begun."""
GOING = ("deleted", "disassociated")


class PatientResource(LiveResource):
    """Tries again while a role is too new to be known, or another operation is under way; what is gone when it is to go is gone."""

    def __init__(self, client: Any, cluster: str, *, clock: Clock | None = None) -> None:
        super().__init__(client, cluster)
        self.fresh_role = Propagation(EKS_ROLE, clock=clock, remedy=EKS_ROLE_REMEDY)
        self.changing = Propagation(CHANGING, clock=clock)
        self.looking = clock or SystemClock()
        self._unseen: dict[str, Deadline] = {}

    def perform(self, step: Step) -> Any:
        try:
            with self.fresh_role.patient(), self.changing.patient():
                return super().perform(step)
        except ServiceError as error:
            if error.code == "ResourceNotFoundException" and step.settle in GOING:
                return {}
            raise

    def under_way(self, update_id: str, **owner: str) -> Verdict:
        """Where an update stands. One that reads do not know is over, unless it was begun a moment ago. owner: nodegroupName, addonName, capabilityName."""
        patience = self._unseen.setdefault(update_id, Deadline(self.looking, VISIBILITY))
        with speaking(f"describe update {update_id} of {self.noun} of cluster {self.cluster}"):
            found = describe_update(self.client, name=self.cluster, updateId=update_id, **owner)
        return pending("not visible yet") if found is None and patience.remaining() > 0 else verdicts.update_verdict(found)
