#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read whether an organization trusts a service, and who administers it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: organizations_service_info
short_description: Read whether an organization trusts a service, and who administers it
version_added: 0.1.0
description:
  - Returns the trusted access and the delegated administrators of a service in AWS Organizations.
  - Runs as the management account of the organization, or as a delegated administrator.
author:
  - fleetops.eks contributors (@fleetops)
options:
  service_principal:
    description: Principal of the service. The EKS Dashboard's is V(eks.amazonaws.com).
    type: str
    default: eks.amazonaws.com
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes.info
"""

EXAMPLES = r"""
- name: Does the organization trust EKS
  fleetops.eks.organizations_service_info:

- name: The same of another service
  fleetops.eks.organizations_service_info:
    service_principal: ssm.amazonaws.com
"""

RETURN = r"""
service:
  description: What the organization says of the service; no trust where the account is in no organization.
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
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._org.live.service import found_service
from ansible_collections.fleetops.eks.plugins.module_utils._org.service import EKS, ServiceSpec, to_result

SPEC: dict[str, Any] = {
    "argument_spec": {"service_principal": {"type": "str", "default": EKS}, **aws_options()},
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Return what the organization says of the service."""
    spec = ServiceSpec.from_params(params)
    return {"changed": False, "service": to_result(spec, found_service(context.clients("organizations"), spec.service_principal))}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
