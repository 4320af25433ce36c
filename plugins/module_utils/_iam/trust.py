# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trust policies in a word: who may assume a role of a cluster. Facts: EKS user guide, the pages of the roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal

ASSUME = ("sts:AssumeRole",)
ASSUME_AND_TAG = ("sts:AssumeRole", "sts:TagSession")
SERVICES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "eks": ("eks.amazonaws.com", ASSUME_AND_TAG),  # Auto Mode tags its sessions
    "ec2": ("ec2.amazonaws.com", ASSUME),
    "fargate": ("eks-fargate-pods.amazonaws.com", ASSUME),
    "ssm": ("ssm.amazonaws.com", ASSUME),
    "pods": ("pods.eks.amazonaws.com", ASSUME_AND_TAG),
    "capabilities": ("capabilities.eks.amazonaws.com", ASSUME_AND_TAG),
}


@dataclass(frozen=True)
class Place:
    """Where a role's user lives. `account` is empty where no trust asks for it."""

    partition: str
    region: str
    account: str


def trust_policy(names: Sequence[str], conditions: Mapping[str, Any] | None, place: Place) -> dict[str, Any]:
    """Return the policy that lets each of names (a word of SERVICES, or the ARN of a role or user) assume the role."""
    return {"Version": "2012-10-17", "Statement": [_statement(name, conditions or {}, place) for name in names]}


def needs_account(names: Sequence[str] | None) -> bool:
    return "ssm" in (names or ())


def _statement(name: str, conditions: Mapping[str, Any], place: Place) -> dict[str, Any]:
    principal, actions = _principal(name, place)
    held = {operator: dict(keys) for operator, keys in conditions.items()}
    for operator, keys in (_only_this_place(place) if name == "ssm" else {}).items():
        held[operator] = {**keys, **held.get(operator, {})}
    return {"Effect": "Allow", "Principal": principal, "Action": list(actions), **({"Condition": held} if held else {})}


def _principal(name: str, place: Place) -> tuple[dict[str, str], tuple[str, ...]]:
    """A role that assumes another through pod identity passes its session tags on, so it needs TagSession."""
    if name.startswith("arn:"):
        return {"AWS": name}, ASSUME_AND_TAG
    if name not in SERVICES:
        raise Refusal(f"trust {name!r} is unknown.", remedy=f"Give one of {', '.join(SERVICES)}, an ARN, or a whole trust_policy.", fields=("trust",))
    service, actions = SERVICES[name]
    return {"Service": f"{service}.cn" if name == "ec2" and place.partition == "aws-cn" else service}, actions


def _only_this_place(place: Place) -> dict[str, dict[str, str]]:
    """SSM hands the role to any host with a code: keep it from being a deputy of other accounts."""
    return {
        "StringEquals": {"aws:SourceAccount": place.account},
        "ArnEquals": {"aws:SourceArn": f"arn:{place.partition}:ssm:{place.region}:{place.account}:*"},
    }
