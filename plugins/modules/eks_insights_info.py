#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the insights of an EKS cluster."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_insights_info
short_description: Read the insights of an EKS cluster, after a refresh where asked
version_added: 0.1.0
description:
  - Returns what EKS found when it checked a cluster for an upgrade, for the way back, and for misconfiguration of hybrid nodes.
  - RV(summary) counts them, so that a task can decide by one number.
  - EKS checks once a day. With O(refresh=true) it checks now, and the module waits for that.
author:
  - fleetops.eks contributors (@fleetops)
options:
  cluster_name:
    description: Name of the cluster.
    type: str
    required: true
  categories:
    description: Only insights of these categories.
    type: list
    elements: str
    choices: [UPGRADE_READINESS, MISCONFIGURATION, ROLLBACK_READINESS]
  statuses:
    description:
      - Only insights in these states.
      - V(UNKNOWN) means that EKS could not check; treat it like V(ERROR).
    type: list
    elements: str
    choices: [PASSING, WARNING, ERROR, UNKNOWN]
  kubernetes_versions:
    description: Only insights about an upgrade, or a way back, to these Kubernetes versions.
    type: list
    elements: str
    aliases: [kubernetes_version]
  describe:
    description: Whether each insight is described, with its resources, recommendation, deprecations and add-ons, which is a call each.
    type: bool
    default: false
  refresh:
    description: Whether EKS checks the cluster anew first. In check mode it does not.
    type: bool
    default: false
  wait_timeout:
    description: Seconds that a refresh may take.
    type: int
    default: 900
extends_documentation_fragment:
  - fleetops.eks.aws
attributes:
  check_mode:
    description: Only reads, and asks for no refresh.
    support: full
  diff_mode:
    description: Never changes anything.
    support: none
  idempotent:
    description: Only reads; a refresh changes nothing of the cluster.
    support: full
"""

EXAMPLES = r"""
- name: What does EKS think of the cluster
  fleetops.eks.eks_insights_info:
    cluster_name: edge

- name: May it go to 1.35
  fleetops.eks.eks_insights_info:
    cluster_name: edge
    categories: [UPGRADE_READINESS]
    kubernetes_versions: ["1.35"]
    describe: true
    refresh: true
  register: found
  failed_when: found.summary.blocking | length > 0
"""

RETURN = r"""
insights:
  description: The insights as EKS tells them, with snake_case keys, by category and name; C(status) and C(reason) are those of the whole insight.
  returned: success
  type: list
  elements: dict
  sample:
    - id: 2d4c7d3e-6a4b-5c7e-8f9a-0b1c2d3e4f5a
      name: Kubelet version skew
      category: UPGRADE_READINESS
      kubernetes_version: "1.35"
      description: Checks for kubelet versions of worker nodes in the cluster to see if upgrade would cause non compliance.
      last_refresh_time: "2026-11-22T13:00:00+00:00"
      last_transition_time: "2026-11-20T13:00:00+00:00"
      status: PASSING
      reason: No issues found
summary:
  description:
    - Counts of the insights that are returned, of every status in all and by category.
    - C(blocking) names those that are C(ERROR) or C(UNKNOWN); C(oldest_refresh_time) tells how old the oldest of them is.
  returned: success
  type: dict
  sample:
    total: 1
    by_status: {PASSING: 1, WARNING: 0, ERROR: 0, UNKNOWN: 0}
    by_category:
      UPGRADE_READINESS: {PASSING: 1, WARNING: 0, ERROR: 0, UNKNOWN: 0}
      MISCONFIGURATION: {PASSING: 0, WARNING: 0, ERROR: 0, UNKNOWN: 0}
      ROLLBACK_READINESS: {PASSING: 0, WARNING: 0, ERROR: 0, UNKNOWN: 0}
    blocking: []
    oldest_refresh_time: "2026-11-22T13:00:00+00:00"
refreshed:
  description: Whether EKS checked the cluster for this task.
  returned: success
  type: bool
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._eks.insight import CATEGORIES, STATUSES, filters, summary
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.insight import Insights

SPEC: dict[str, Any] = {
    "argument_spec": {
        "cluster_name": {"type": "str", "required": True},
        "categories": {"type": "list", "elements": "str", "choices": list(CATEGORIES)},
        "statuses": {"type": "list", "elements": "str", "choices": list(STATUSES)},
        "kubernetes_versions": {"type": "list", "elements": "str", "aliases": ["kubernetes_version"]},
        "describe": {"type": "bool", "default": False},
        "refresh": {"type": "bool", "default": False},
        "wait_timeout": {"type": "int", "default": 900},
        **aws_options(),
    },
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Return the insights that the filters leave, renewed first where asked."""
    where = filters(params)
    insights = Insights(context.clients("eks"), params["cluster_name"])
    refreshed = params["refresh"] and not context.check_mode
    if refreshed:
        insights.refresh(context.run(params))
    found = insights.found(where, describe=params["describe"])
    return {"changed": False, "insights": found, "summary": summary(found), "refreshed": refreshed}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
