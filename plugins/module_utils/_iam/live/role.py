# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM roles, live. IAM is eventually consistent: what was made a moment ago may be unknown to the next call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._aws.propagation import Propagation
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Busy, ServiceError
from ansible_collections.fleetops.eks.plugins.module_utils._core.many import Many
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan, Step
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Clock, Verdict, done, pending
from ansible_collections.fleetops.eks.plugins.module_utils._iam import api
from ansible_collections.fleetops.eks.plugins.module_utils._iam.policy import as_text
from ansible_collections.fleetops.eks.plugins.module_utils._iam.role import RoleSpec, RoleState, plan_absent, plan_present

FRESH = ("invalid principal in policy", "concurrentmodification", "entitytemporarilyunmodifiable", "deleteconflict")
FRESH_REMEDY = "Make what the message names first, or correct its name, and run again."
POLICY_REMEDY = "Name a policy of AWS by its name (service-role/NAME where its ARN has that path), any other by its ARN."
GOING = frozenset({"delete_role", "delete_role_policy", "detach_role_policy", "remove_role_from_instance_profile", "delete_instance_profile"})


class LiveRole:
    """One role, found by its name. Reads no more of it than the declaration speaks of."""

    def __init__(self, client: Any, spec: RoleSpec, *, present: bool = True, clock: Clock | None = None) -> None:
        self.client = client
        self.spec = spec
        self.present = present
        self.fresh = Propagation(FRESH, clock=clock, remedy=FRESH_REMEDY)
        self.unseen = Propagation(("nosuchentity: the role with name", "nosuchentity: role"), clock=clock)
        self._created = False

    def observe(self) -> RoleState | None:
        name = self.spec.name
        with speaking(f"read role {name}"):
            role = api.get_role(self.client, name)
            if role is None:
                return None
            managed = api.list_attached_role_policies(self.client, name) if self._speaks_of("managed_policies") else None
            inline = api.list_role_policies(self.client, name) if self._speaks_of("inline_policies") else None
            profiles = None if self.present else api.list_instance_profiles_for_role(self.client, name)
            declared = {
                each: api.get_role_policy(self.client, name, each) for each in self.spec.inline_policies or () if self.present and each in (inline or ())
            }
        return RoleState.from_api(
            role, managed=managed, inline_names=inline, inline={key: found for key, found in declared.items() if found}, profiles=profiles
        )

    def nothing(self) -> None:
        return None

    def in_flight(self, state: RoleState | None) -> Verdict | None:
        return None

    def plan(self, state: RoleState | None) -> Plan:
        return plan_present(self.spec, state) if self.present else plan_absent(self.spec, state)

    def perform(self, step: Step) -> Any:
        try:
            with self.fresh.patient(), speaking(self.describe(step)):
                answer = getattr(self.client, step.operation)(**step.request)
        except ServiceError as error:
            return self._weigh(step, error)
        self._created = self._created or step.operation == "create_role"
        return {key: value for key, value in answer.items() if key != "ResponseMetadata"}

    def verdict(self, step: Step, answer: Any) -> Verdict:
        with speaking(f"read role {self.spec.name}"):
            seen = api.get_role(self.client, self.spec.name) is not None
        return done() if seen == (step.settle == "visible") else pending(f"not yet {step.settle}")

    def busy(self, error: Busy) -> Verdict:
        return done()

    def describe(self, step: Step) -> str:
        return f"{step.operation.replace('_', ' ')} (role {self.spec.name})"

    def _speaks_of(self, name: str) -> bool:
        return not self.present or getattr(self.spec, name) is not None

    def _weigh(self, step: Step, error: ServiceError) -> dict[str, Any]:
        """Gone is gone. CreateRole knows no client token: `exists`, where there was none, is the echo of a try whose answer was lost."""
        if error.code == "NoSuchEntity" and step.operation in GOING:
            return {}
        if error.code == "EntityAlreadyExists" and step.operation == "create_role":
            self._created = True
            return {}
        if error.code == "NoSuchEntity" and step.operation == "attach_role_policy":
            error.remedy = POLICY_REMEDY
        raise self.unseen.weigh(error) if self._created else error


class LiveRoles(Many):
    """The roles of a cluster, side by side; those that trust another declared one after it."""

    def __init__(self, client: Any, specs: Mapping[str, RoleSpec], *, present: bool = True, clock: Clock | None = None) -> None:
        first, second = trust_order(specs)
        waves = [[first, second], [second, first]][not present]
        super().__init__([{name: LiveRole(client, specs[name], present=present, clock=clock) for name in wave} for wave in waves])


def trust_order(specs: Mapping[str, RoleSpec]) -> tuple[list[str], list[str]]:
    """Return (names that trust no other declared role, the rest): IAM refuses a principal that does not exist."""
    texts = {name: as_text(spec.trust_policy or {}) for name, spec in specs.items()}
    after = [name for name, text in texts.items() if any(f'/{other}"' in text for other in specs if other != name)]
    return [name for name in specs if name not in after], after
