# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Managed instances, live."""

from __future__ import annotations

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import missing_is_none, speaking
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import ParentMissing
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan, Step
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Clock, Verdict, done, pending
from ansible_collections.fleetops.eks.plugins.module_utils._ssm import api
from ansible_collections.fleetops.eks.plugins.module_utils._ssm.activation import same_role
from ansible_collections.fleetops.eks.plugins.module_utils._ssm.instance import Instance, Selection, plan_absent, plan_present
from ansible_collections.fleetops.eks.plugins.module_utils._ssm.live.base import LiveSsm

State = tuple[Instance, ...]
_listed = missing_is_none("InvalidInstanceId")(api.describe_instance_information)


class LiveInstances(LiveSsm):
    """The instances of a selection. `iam_role` is what they are to have; None = they are to be absent."""

    def __init__(self, client: Any, selection: Selection, *, iam_role: str | None, clock: Clock | None = None) -> None:
        super().__init__(client, clock=clock)
        self.selection = selection
        self.iam_role = iam_role
        self.noun = f"managed instance of {selection.words()}"

    def observe(self) -> State:
        found = found_instances(self.client, self.selection)
        if not found and self.iam_role is not None:
            raise ParentMissing(
                f"A managed instance of {self.selection.words()} does not exist in region {self.client.meta.region_name}.",
                remedy="Register the host with an activation first (nodeadm init, or the SSM agent), or correct what it is looked up by.",
            )
        return found

    def nothing(self) -> State:
        return ()

    def plan(self, state: State) -> Plan:
        return plan_absent(state) if self.iam_role is None else plan_present(self.iam_role, state)

    def perform(self, step: Step) -> Any:
        return self.call(step)

    def verdict(self, step: Step, answer: Any) -> Verdict:
        with speaking(f"read managed instance {step.subject}"):
            found = _listed(self.client, InstanceIds=[step.subject])
        if step.settle == "deleted":
            return pending("still listed") if found else done()
        return done() if found and same_role(found[0].get("IamRole", ""), step.request["IamRole"]) else pending("still with the other role")


def found_instances(client: Any, selection: Selection, *, with_tags: bool = False) -> State:
    """Return the instances of a selection, by id; their tags cost a call each."""
    with speaking(f"list managed instances{' of ' + selection.words() if selection.words() else ''}"):
        found = [answer for answer in _listed(client, **selection.filters()) or [] if selection.holds(answer)]
        found.sort(key=lambda answer: str(answer["InstanceId"]))
        return tuple(Instance.from_api(answer, api.list_instance_tags(client, answer["InstanceId"]) if with_tags else None) for answer in found)
