# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Managed instances of SSM: hosts that registered with an activation. Pure: selection and state in, plan out.

Facts: a host registers itself, nothing else can; its role changes without another registration; nodeadm's uninstall can leave it registered
(denied DeregisterManagedInstance), and registering again gives it a new id beside the old.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.naming import to_snake
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Change, Plan, Step
from ansible_collections.fleetops.eks.plugins.module_utils._ssm.activation import OWNER_TAG, role_name, same_role


@dataclass(frozen=True)
class Selection:
    """Which instances; all that is given must hold. `ids`, `activation_ids`, `ping_status`: any of them."""

    ids: Sequence[str] = ()
    computer_name: str | None = None
    activation_ids: Sequence[str] = ()
    batch: str | None = None
    iam_role: str | None = None
    ping_status: Sequence[str] = ()
    tags: Mapping[str, str] | None = None

    def filters(self) -> dict[str, list[str]]:
        """Return what SSM can filter by itself; the role is left out, for SSM compares it with its path."""
        tags = {**(self.tags or {}), **({OWNER_TAG: self.batch} if self.batch else {})}
        given = {"InstanceIds": self.ids, "ActivationIds": self.activation_ids, "PingStatus": self.ping_status}
        return {**{key: list(values) for key, values in given.items() if values}, **{f"tag:{key}": [str(value)] for key, value in tags.items()}}

    def holds(self, found: Mapping[str, Any]) -> bool:
        """Whether what SSM cannot filter by holds as well."""
        named = self.computer_name is None or same_host(self.computer_name, found.get("ComputerName", ""))
        return named and (self.iam_role is None or same_role(role_name(self.iam_role), found.get("IamRole", "")))

    def words(self) -> str:
        """Return the selection for a message."""
        given = {"instance": ", ".join(self.ids), "computer": self.computer_name, "activation": ", ".join(self.activation_ids), "batch": self.batch}
        return " and ".join(f"{name} {value}" for name, value in given.items() if value)


@dataclass(frozen=True)
class Instance:
    """A managed instance as SSM describes it; tags only where they were asked for."""

    instance_id: str
    iam_role: str
    computer_name: str
    raw: Mapping[str, Any]
    tags: Mapping[str, str] | None = None

    @classmethod
    def from_api(cls, answer: Mapping[str, Any], tags: Mapping[str, str] | None = None) -> Instance:
        return cls(answer["InstanceId"], answer.get("IamRole", ""), answer.get("ComputerName", ""), answer, tags)


def plan_present(iam_role: str, instances: Sequence[Instance]) -> Plan:
    """Return the steps that give all of them the role; empty when they have it."""
    wanted = role_name(iam_role)
    return Plan(tuple(_give_role(found, wanted) for found in instances if not same_role(found.iam_role, wanted)))


def plan_absent(instances: Sequence[Instance]) -> Plan:
    """Return the steps that deregister all of them."""
    return Plan(tuple(_deregister(found, instances) for found in instances))


def to_result(found: Instance) -> dict[str, Any]:
    """Return the instance with snake_case keys."""
    return {**to_snake(found.raw), "tags": None if found.tags is None else dict(found.tags)}


def same_host(left: str, right: str) -> bool:
    """Whether two names are one host's: a short name stands for any domain."""
    first, second = left.lower().rstrip("."), right.lower().rstrip(".")
    return first == second or (("." not in first or "." not in second) and first.split(".")[0] == second.split(".")[0])


def _give_role(found: Instance, role: str) -> Step:
    request = {"InstanceId": found.instance_id, "IamRole": role}
    change = (Change("iam_role", found.iam_role, role),)
    return Step("update_managed_instance_role", request, change, settle="role", together="role", subject=found.instance_id)


def _deregister(found: Instance, going: Sequence[Instance]) -> Step:
    """Each step shows the whole: all that go, by id and name."""
    before = [f"{each.instance_id} ({each.computer_name or 'no name yet'})" for each in going]
    request = {"InstanceId": found.instance_id}
    change = (Change("managed_instances", before, []),)
    return Step("deregister_managed_instance", request, change, settle="deleted", together="deregister", subject=found.instance_id)
