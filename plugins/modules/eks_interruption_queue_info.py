#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a queue of what is about to interrupt nodes, with the rules that fill it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_interruption_queue_info
short_description: Read a queue of what is about to interrupt nodes
version_added: 0.1.0
description:
  - Returns an SQS queue and those EventBridge rules of its name that M(fleetops.eks.eks_interruption_queue) makes.
author:
  - fleetops.eks contributors (@fleetops)
options:
  name:
    description: Name of the queue.
    type: str
    required: true
  account_id:
    description: Account of the queue. STS is asked for the one of the task where it is not set.
    type: str
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes.info
"""

EXAMPLES = r"""
- name: Which events does the Karpenter of a cluster hear of
  fleetops.eks.eks_interruption_queue_info:
    name: edge

- name: The same, without asking STS for the account
  fleetops.eks.eks_interruption_queue_info:
    name: edge
    account_id: "111122223333"
"""

RETURN = r"""
interruption_queue:
  description: The queue and its rules; V(null) when there is no queue.
  returned: success
  type: dict
  sample:
    arn: arn:aws:sqs:us-east-1:111122223333:edge
    encrypted: true
    message_retention_period: 300
    name: edge
    policy:
      Version: "2012-10-17"
      Statement:
        - Sid: EventBridgeWrites
          Effect: Allow
          Principal: {Service: events.amazonaws.com}
          Action: sqs:SendMessage
          Resource: arn:aws:sqs:us-east-1:111122223333:edge
          Condition: {ArnEquals: {aws:SourceArn: ["arn:aws:events:us-east-1:111122223333:rule/edge-spot"]}}
        - Sid: NobodyWithoutTls
          Effect: Deny
          Principal: "*"
          Action: sqs:*
          Resource: arn:aws:sqs:us-east-1:111122223333:edge
          Condition: {Bool: {aws:SecureTransport: "false"}}
    rules:
      - arn: arn:aws:events:us-east-1:111122223333:rule/edge-spot
        enabled: true
        event: spot
        event_pattern: {source: [aws.ec2], detail-type: [EC2 Spot Instance Interruption Warning]}
        feeds: true
        name: edge-spot
    tags: {}
    url: https://sqs.us-east-1.amazonaws.com/111122223333/edge
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._events.live.queue import found_queue, place_of
from ansible_collections.fleetops.eks.plugins.module_utils._events.queue import QueueSpec, to_result

SPEC: dict[str, Any] = {
    "argument_spec": {"name": {"type": "str", "required": True}, "account_id": {"type": "str"}, **aws_options()},
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Return the queue and its rules."""
    spec = QueueSpec.from_params({"name": params["name"]})
    place = place_of(context.clients, params["account_id"])
    with speaking(f"read queue {spec.name} and its rules"):
        state = found_queue(context.clients("sqs"), context.clients("events"), spec, place)
    return {"changed": False, "interruption_queue": to_result(spec, state)}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
