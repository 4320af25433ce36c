# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where pods with a role run, and the statements of their policies. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Statement = dict[str, Any]
GLOBAL = frozenset({"iam", "route53", "s3", "shield"})
"""Services whose ARNs name no region."""
OWNERLESS = frozenset({"route53", "s3"})
"""Services whose ARNs name no account."""


@dataclass(frozen=True)
class Site:
    """A cluster, and the account and region that its pods' policies are held to."""

    cluster: str
    region: str
    account: str
    partition: str = "aws"

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource of this account and region; resource may have wildcards."""
        region = "" if service in GLOBAL else self.region
        return f"arn:{self.partition}:{service}:{region}:{'' if service in OWNERLESS else self.account}:{resource}"

    def arns(self, service: str, *resources: str) -> list[str]:
        return [self.arn(service, resource) for resource in resources]


def allow(sid: str, service: str, actions: str, resources: Sequence[str] = ("*",), when: Mapping[str, Any] | None = None) -> Statement:
    """Return a statement that allows actions (their names, with spaces between) of one service."""
    named = [f"{service}:{action}" for action in actions.split()]
    return {"Sid": sid, "Effect": "Allow", "Action": named, "Resource": list(resources), **({"Condition": dict(when)} if when else {})}


def linked_role(site: Site, service: str) -> Statement:
    """Return the statement that lets AWS's own role of a service be made at its first use."""
    when = {"StringEquals": {"iam:AWSServiceName": service}}
    return allow("MakeTheServicesOwnRole", "iam", "CreateServiceLinkedRole", [site.arn("iam", f"role/aws-service-role/{service}/*")], when)
