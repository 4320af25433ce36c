# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Add-ons and node groups take what passes by itself with patience."""

from __future__ import annotations

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.propagation import EKS_ROLE, EKS_ROLE_REMEDY, Propagation
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import ServiceError
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Step
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Clock
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.base import LiveResource

CHANGING = ("currently not in active state", "as it is currently in")
"""What EKS says of an add-on or a node group that another operation took hold of since it was looked at."""


GOING = ("deleted", "disassociated")


class PatientResource(LiveResource):
    """Tries again while a role is too new to be known, or another operation is under way; what is gone when it is to go is gone."""

    def __init__(self, client: Any, cluster: str, *, clock: Clock | None = None) -> None:
        super().__init__(client, cluster)
        self.fresh_role = Propagation(EKS_ROLE, clock=clock, remedy=EKS_ROLE_REMEDY)
        self.changing = Propagation(CHANGING, clock=clock)

    def perform(self, step: Step) -> Any:
        try:
            with self.fresh_role.patient(), self.changing.patient():
                return super().perform(step)
        except ServiceError as error:
            if error.code == "ResourceNotFoundException" and step.settle in GOING:
                return {}
            raise
