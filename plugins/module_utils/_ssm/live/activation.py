# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Activations, live: looked up by owner, created so that a lost answer leaves none behind, their code kept in a file."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._aws.propagation import Propagation
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import FleetopsError
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan, Step
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Clock, SystemClock, Verdict, done, pending
from ansible_collections.fleetops.eks.plugins.module_utils._ssm import api
from ansible_collections.fleetops.eks.plugins.module_utils._ssm.activation import (
    OWNER_TAG,
    Activation,
    ActivationSpec,
    ActivationState,
    plan_absent,
    plan_present,
    role_name,
    same_role,
)
from ansible_collections.fleetops.eks.plugins.module_utils._ssm.codefile import CodeFile, Write
from ansible_collections.fleetops.eks.plugins.module_utils._ssm.live.base import LiveSsm
from ansible_collections.fleetops.eks.plugins.module_utils._ssm.live.once import Once

FRESH_ROLE = ("nonexistent role", "missing ssm service principal")
ROLE_REMEDY = "Create the role with a trust policy for ssm.amazonaws.com (fleetops.eks.eks_iam_roles, trust: ssm), or correct iam_role."


def utc_now() -> datetime:
    return datetime.now(UTC)


class LiveActivation(LiveSsm):
    """The activations of a batch, or the one of an id.

    once: the client that repeats nothing, for the one call that must not be repeated blindly.
    """

    def __init__(
        self, client: Any, once: Any, spec: ActivationSpec, *, present: bool = True, clock: Clock | None = None, now: Callable[[], datetime] = utc_now
    ) -> None:
        super().__init__(client, clock=clock)
        self.spec = spec
        self.present = present
        self.now = now
        self.file = CodeFile(spec.code_dest) if spec.code_dest else None
        self.noun = f"activation {spec.activation_id}" if spec.activation_id else f"activation of batch {spec.batch}"
        self.once = Once(client, once, clock or SystemClock())
        self.stray: str | None = None
        self.fresh_role = Propagation(FRESH_ROLE, clock=clock, remedy=ROLE_REMEDY)

    def observe(self) -> ActivationState:
        with speaking(f"read {self.noun}"):
            found = tuple(Activation.from_api(answer) for answer in self._described())
        return ActivationState(found, self.file.activation_id() if self.file else None, self.now())

    def nothing(self) -> ActivationState:
        return ActivationState((), None, self.now())

    def plan(self, state: ActivationState) -> Plan:
        return plan_present(self.spec, state) if self.present else plan_absent(self.spec, state)

    def perform(self, step: Step) -> Any:
        if step.operation == "create_activation":
            return self._create(step)
        if step.operation == "remove_code":
            self._file().remove()
            return {}
        return self.call(step)

    def verdict(self, step: Step, answer: Any) -> Verdict:
        """DescribeActivations lags behind: a second run must see what this one made."""
        wanted = answer.get("ActivationId") or step.request["ActivationId"]
        with speaking(f"read {self.noun}"):
            seen = any(found["ActivationId"] == wanted for found in self._described())
        if seen and step.settle == "described" and self.stray:
            self.once.sweep(self.stray, keep=wanted)  # what was made before the one that is listed is listed as well
        return done() if seen == (step.settle == "described") else pending(f"not yet {step.settle}")

    def _described(self) -> list[dict[str, Any]]:
        if self.spec.activation_id:
            return api.describe_activations(self.client, ActivationIds=[self.spec.activation_id])
        mark = {"Key": OWNER_TAG, "Value": self.spec.batch}
        return [found for found in api.describe_activations(self.client) if mark in (found.get("Tags") or [])]

    def _file(self) -> CodeFile:
        if self.file is None:  # the module asks for it, and plans only what has one
            raise AssertionError(self.noun)
        return self.file

    def _create(self, step: Step) -> dict[str, Any]:
        """Return the answer without the code: that goes to the file and nowhere else."""
        call_id = uuid.uuid4().hex
        with self._file().reserved() as write:
            with self.fresh_role.patient():
                answer, lost = self.once.create(step.request, what=self.describe(step), call_id=call_id)
            self._keep(write, answer)
        self.spec = replace(self.spec, renew="if_needed")  # asked to renew always: this was it
        self.stray = call_id if lost else None
        return {"ActivationId": answer["ActivationId"]}

    def _keep(self, write: Write, answer: Mapping[str, Any]) -> None:
        """Write the file; where that fails the activation is of no use to anybody, and goes."""
        try:
            write({"activation_id": answer["ActivationId"], "activation_code": answer["ActivationCode"], "region": self.client.meta.region_name})
        except OSError as error:
            self.once.delete(answer["ActivationId"])
            raise FleetopsError(
                f"Could not write {self.spec.code_dest}: {error.strerror}; the activation made for it is deleted.",
                remedy="Free space, or choose another code_dest.",
            ) from error


def found_activations(
    client: Any,
    *,
    activation_ids: Sequence[str] | None = None,
    batch: str | None = None,
    iam_role: str | None = None,
    default_instance_name: str | None = None,
) -> list[Activation]:
    """Return the activations for which all that is given holds, newest first."""
    filters = {"ActivationIds": list(activation_ids or ()), "DefaultInstanceName": [default_instance_name] if default_instance_name else []}
    with speaking("list activations"):
        answers = api.describe_activations(client, **{key: values for key, values in filters.items() if values})
    found = [Activation.from_api(answer) for answer in sorted(answers, key=lambda answer: answer["CreatedDate"], reverse=True)]
    return [each for each in found if batch in (None, each.tags.get(OWNER_TAG)) and (iam_role is None or same_role(role_name(iam_role), each.iam_role))]
