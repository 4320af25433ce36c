#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Let an organization trust a service, and an account administer it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: organizations_service
short_description: Let an organization trust a service, and an account administer it
version_added: 0.1.0
description:
  - Enables and disables the trusted access of a service in AWS Organizations, and registers and deregisters its delegated administrator.
  - This is what the EKS Dashboard needs, with the service-linked role that the EKS console would make, and the API does not.
  - Runs as the management account of the organization.
author:
  - fleetops.eks contributors (@fleetops)
options:
  service_principal:
    description: Principal of the service. The EKS Dashboard's is V(eks.amazonaws.com).
    type: str
    default: eks.amazonaws.com
  delegated_administrator:
    description:
      - Id of the member account that administers the service. Another one is deregistered first, for EKS allows one.
      - An empty string deregisters whoever it is. Without it nobody is touched.
    type: str
  service_linked_role:
    description:
      - Name of the service whose service-linked role is made in the management account where there is none. The EKS Dashboard's is
        V(dashboard.eks.amazonaws.com).
      - It is never removed.
    type: str
  state:
    description: Whether the organization trusts the service. V(absent) deregisters its delegated administrators too.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes
"""

EXAMPLES = r"""
- name: Let the organization trust EKS
  fleetops.eks.organizations_service:

- name: All that the EKS Dashboard needs, seen from a member account
  fleetops.eks.organizations_service:
    service_principal: eks.amazonaws.com
    service_linked_role: dashboard.eks.amazonaws.com
    delegated_administrator: "444455556666"

- name: Take that back
  fleetops.eks.organizations_service:
    service_principal: eks.amazonaws.com
    state: absent
"""

RETURN = r"""
service:
  description: What the organization says of the service.
  returned: success
  type: dict
  sample:
    date_enabled: "2026-11-22T13:00:00+00:00"
    delegated_administrators:
      - arn: arn:aws:organizations::111122223333:account/o-exampleorgid/444455556666
        delegation_enabled_date: "2026-11-22T13:00:00+00:00"
        email: platform@example.com
        id: "444455556666"
        name: platform
    service_principal: eks.amazonaws.com
    trusted_access: true
actions:
  description: The operations in order, each with the fields it changed and its status (V(planned) in check mode).
  returned: success
  type: list
  elements: dict
  sample: [{operation: enable_aws_service_access, fields: [trusted_access], status: done}]
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import reconcile
from ansible_collections.fleetops.eks.plugins.module_utils._org.live.service import LiveService
from ansible_collections.fleetops.eks.plugins.module_utils._org.service import EKS, ServiceSpec, to_result

SPEC: dict[str, Any] = {
    "argument_spec": {
        "service_principal": {"type": "str", "default": EKS},
        "delegated_administrator": {"type": "str"},
        "service_linked_role": {"type": "str"},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        **aws_options(),
    },
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Make the organization's access as declared and return it."""
    spec, present = ServiceSpec.from_params(params), params["state"] == "present"
    live = LiveService(context.clients("organizations"), context.clients("iam"), spec, present=present, clock=context.clock)
    outcome = reconcile(live, context.run(params))
    return {**outcome.common(), "service": to_result(spec, outcome.state)}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
