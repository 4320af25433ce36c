#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the certificate authorities of an EKS cluster."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_certificate_authority_info
short_description: Read the certificate authorities of an EKS cluster
version_added: 0.1.0
description:
  - Returns the certificate authorities of a cluster, with their certificates, until when they are valid, and when EKS activates one by itself.
author:
  - fleetops.eks contributors (@fleetops)
options:
  cluster_name:
    description: Name of the cluster.
    type: str
    required: true
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes.info
"""

EXAMPLES = r"""
- name: Read the certificate authorities of a cluster
  fleetops.eks.eks_certificate_authority_info:
    cluster_name: edge
  register: found

- name: Say until when the one that signs is valid
  ansible.builtin.debug:
    msg: "{{ found.certificate_authorities[0].validity.not_after }}"
"""

RETURN = r"""
certificate_authorities:
  description: The authorities as EKS describes them, with snake_case keys, the one that signs first.
  returned: success
  type: list
  elements: dict
  sample:
    - id: ca-1234567890abcdef0
      created_at: "2026-11-20T10:00:00+00:00"
      created_by: CUSTOMER
      signing_status: NOT_USED
      distribution_status: COMPLETE
      validity: {not_before: "2026-11-20T10:00:00+00:00", not_after: "2036-11-17T10:00:00+00:00"}
      rollback_available: false
      data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._eks.certificate_authority import to_result
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.certificate_authority import described_all

SPEC: dict[str, Any] = {"argument_spec": {"cluster_name": {"type": "str", "required": True}, **aws_options()}, "supports_check_mode": True}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Return the certificate authorities."""
    found = described_all(context.clients("eks"), params["cluster_name"])
    return {"changed": False, "certificate_authorities": [to_result(state) for state in found]}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
