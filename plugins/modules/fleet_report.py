#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sum up a fleet as JSON and as text."""

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_report
short_description: Sum up a fleet as JSON and as text
version_added: 0.1.0
description:
  - Puts together what a run learned of clusters and hybrid hosts, writes it as JSON, and returns it as text for a terminal.
  - Holds no time of its own, so that a second run of a converged fleet writes the same file.
author:
  - fleetops.eks contributors (@fleetops)
options:
  clusters:
    description: Clusters, each with C(host), C(tier), C(region), C(declared_version), C(snapshot), C(registration) and C(failure).
    type: list
    elements: dict
    required: true
  hybrid_nodes:
    description: Hybrid hosts, each with C(host), C(cluster), C(node), C(ready) and C(failure).
    type: list
    elements: dict
    default: []
  left_out:
    description: Hosts that the run leaves out, each with the reason.
    type: dict
    default: {}
  path:
    description: Where the JSON is written, mode 0644. Without it, it is only returned.
    type: path
attributes:
  check_mode:
    description: Returns the report; a file is written in check mode too, since it is a report of what was seen and no part of the fleet.
    support: full
  diff_mode:
    description: Changes nothing of the fleet.
    support: none
"""

EXAMPLES = r"""
- name: Sum up the fleet
  fleetops.eks.fleet_report:
    clusters:
      - host: prod-use1
        tier: production
        region: us-east-1
        declared_version: "1.35"
        snapshot: "{{ found.snapshot }}"
    path: /tmp/fleet.json
"""

RETURN = r"""
report:
  description: The report, as it is in the file.
  returned: success
  type: dict
  sample: {clusters: [], hybrid_nodes: [], left_out: {}, failures: [], summary: 0 of 0 clusters converged}
text:
  description: The report for a terminal.
  returned: success
  type: str
  sample: 5 of 5 clusters converged, 2 of 2 hybrid nodes Ready
failures:
  description: What failed in this run, each with the service's own words.
  returned: success
  type: list
  elements: str
  sample: []
"""

import json
import pathlib
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._fleet import report as fleet

SPEC: dict[str, Any] = {
    "argument_spec": {
        "clusters": {"type": "list", "elements": "dict", "required": True},
        "hybrid_nodes": {"type": "list", "elements": "dict", "default": []},
        "left_out": {"type": "dict", "default": {}},
        "path": {"type": "path"},
    },
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Build the report, write it where asked, and return it."""
    report = fleet.build(params["clusters"], params["hybrid_nodes"], params["left_out"])
    if params["path"]:
        path = pathlib.Path(params["path"])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(report, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return {"changed": False, "report": report, "text": fleet.text(report), "failures": report["failures"]}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
