# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access policies of an access entry: what users declare, what EKS answers, and the steps between the two. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Change, Step

_POLICY = re.compile(r"arn:aws[a-z-]*:eks::aws:cluster-access-policy/\w+")
FOR_USERS = frozenset({"AdminPolicy", "AdminViewPolicy", "ClusterAdminPolicy", "EditPolicy", "SecretReaderPolicy", "ViewPolicy"})
"""What follows `AmazonEKS` in the policies that people grant; the others are for AWS's own controllers and nodes."""


@dataclass(frozen=True)
class AccessPolicy:
    """A policy and its scope; no namespaces = the whole cluster."""

    arn: str
    namespaces: tuple[str, ...] = ()

    @classmethod
    def from_option(cls, option: Mapping[str, Any], principal_arn: str) -> AccessPolicy:
        namespaces = tuple(sorted(set(option.get("namespaces") or ())))
        if (option.get("scope") == "namespace") != bool(namespaces):
            raise Refusal(
                f"Access policy {option['policy']} of {principal_arn} has scope {option.get('scope')} and namespaces {list(namespaces)}.",
                remedy="Give namespaces with scope: namespace, and none with scope: cluster.",
                fields=("access_policies",),
            )
        arn = policy_arn(option["policy"], _partition(principal_arn))
        if not _POLICY.fullmatch(arn):
            raise Refusal(
                f"Access policy {option['policy']} of {principal_arn} is not one of EKS's, whose ARNs are arn:PARTITION:eks::aws:cluster-access-policy/NAME.",
                remedy="Give its name, for example AmazonEKSViewPolicy. What IAM's policies allow goes to the role, not to an access entry.",
                fields=("access_policies",),
            )
        return cls(arn, namespaces)

    @classmethod
    def from_api(cls, answer: Mapping[str, Any]) -> AccessPolicy:
        return cls(answer["policyArn"], tuple(sorted(answer["accessScope"].get("namespaces") or ())))

    @property
    def name(self) -> str:
        return self.arn.rpartition("/")[2]

    @property
    def for_users(self) -> bool:
        return self.name.removeprefix("AmazonEKS") in FOR_USERS

    def scope(self) -> dict[str, Any]:
        """Return the scope as EKS's requests have it."""
        return {"type": "namespace", "namespaces": list(self.namespaces)} if self.namespaces else {"type": "cluster"}

    def shown(self) -> dict[str, Any]:
        return {"scope": "namespace" if self.namespaces else "cluster", "namespaces": list(self.namespaces)}


def unknown_names(steps: Iterable[Step]) -> list[str]:
    """Return the names of policies that steps grant and that only EKS can tell whether it has them."""
    granted = (step.request["policyArn"].rpartition("/")[2] for step in steps if step.operation == "associate_access_policy")
    return [name for name in dict.fromkeys(granted) if name.removeprefix("AmazonEKS") not in FOR_USERS]


def refuse_unoffered(principal_arn: str, names: Sequence[str], offered: Sequence[str]) -> None:
    missing = [name for name in names if name not in offered]
    if missing:
        near = [each for name in missing for each in difflib.get_close_matches(name, offered, 2)] or sorted(f"AmazonEKS{name}" for name in FOR_USERS)
        raise Refusal(
            f"Access policy {', '.join(missing)} of {principal_arn} is not one that EKS offers.",
            remedy=f"Give one of its own, such as {', '.join(dict.fromkeys(near))}.",
            fields=("access_policies",),
        )


def policy_arn(given: str, partition: str) -> str:
    """Return the ARN of a policy given by ARN or name."""
    return given if given.startswith("arn:") else f"arn:{partition}:eks::aws:cluster-access-policy/{given}"


def _partition(arn: str) -> str:
    """Return the partition of an ARN; what is no ARN EKS will refuse in its own words."""
    return arn.split(":")[1] if arn.startswith("arn:") else "aws"


def policy_steps(who: Mapping[str, str], wanted: Sequence[AccessPolicy] | None, actual: Sequence[AccessPolicy], *, purge: bool) -> tuple[Step, ...]:
    """Return the steps from actual to wanted; associating a policy that is there gives it another scope. Grants come before revocations."""
    if wanted is None:
        return ()
    have = {policy.arn: policy for policy in actual}
    declared = {policy.arn for policy in wanted}
    gone = [policy for policy in actual if purge and policy.arn not in declared]
    return (
        *(_associate(who, policy, have.get(policy.arn)) for policy in wanted if have.get(policy.arn) != policy),
        *(_disassociate(who, each) for each in gone),
    )


def _associate(who: Mapping[str, str], policy: AccessPolicy, before: AccessPolicy | None) -> Step:
    change = Change(f"access_policies.{policy.name}", before.shown() if before else None, policy.shown())
    return Step("associate_access_policy", {**who, "policyArn": policy.arn, "accessScope": policy.scope()}, (change,))


def _disassociate(who: Mapping[str, str], policy: AccessPolicy) -> Step:
    return Step("disassociate_access_policy", {**who, "policyArn": policy.arn}, (Change(f"access_policies.{policy.name}", policy.shown(), None),))
