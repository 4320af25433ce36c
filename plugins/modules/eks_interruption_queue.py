#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage a queue of what is about to interrupt nodes, with the rules that fill it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_interruption_queue
short_description: Manage a queue of what is about to interrupt nodes
version_added: 0.1.0
description:
  - Makes an SQS queue, encrypted, and the EventBridge rules that write into it what is about to interrupt EC2 instances, as Karpenter and the node
    termination handler read it.
  - EventBridge may write to the queue for these rules only, and nobody may reach it without TLS.
author:
  - fleetops.eks contributors (@fleetops)
options:
  name:
    description:
      - Name of the queue, at most 54 characters; Karpenter's is the name of the cluster.
      - The rules have this name, followed by a hyphen and the word of O(events).
    type: str
    required: true
  events:
    description:
      - What the queue hears of. V(health) are events of AWS Health, V(spot) interruptions of Spot instances, V(rebalance) recommendations to rebalance,
        V(state) changes of an instance's state, V(capacity) interruptions of capacity reservations.
      - Rules of others of these words are removed.
    type: list
    elements: str
    choices: [health, spot, rebalance, state, capacity]
    default: [health, spot, rebalance, state, capacity]
  message_retention_period:
    description: How long the queue keeps an event, in seconds, 60 to 1209600. SQS takes 345600 where nothing is said; Karpenter wants 300.
    type: int
  account_id:
    description: Account of the queue, which its policy names. STS is asked for the one of the task where it is not set.
    type: str
  tags:
    description: Tags of the queue and its rules. Tags that are not mentioned are removed, unless O(purge_tags=false).
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description: Whether tags that O(tags) does not mention are removed. Without O(tags) none is touched.
    type: bool
    default: true
  state:
    description: Whether the queue and its rules exist.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes
"""

EXAMPLES = r"""
- name: Have the queue of a cluster's Karpenter
  fleetops.eks.eks_interruption_queue:
    name: edge

- name: Hear of Spot instances only, and forget in five minutes
  fleetops.eks.eks_interruption_queue:
    name: edge
    events: [spot, rebalance]
    message_retention_period: 300
    account_id: "111122223333"
    tags:
      Cluster: edge

- name: Remove the queue and its rules
  fleetops.eks.eks_interruption_queue:
    name: edge
    state: absent
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
actions:
  description: The operations in order, each with the fields it changed and its status (V(planned) in check mode).
  returned: success
  type: list
  elements: dict
  sample: [{operation: put_rule, fields: [rules.spot.event_pattern, rules.spot.enabled], status: done, subject: edge-spot}]
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import reconcile
from ansible_collections.fleetops.eks.plugins.module_utils._events.live.queue import LiveQueue, place_of
from ansible_collections.fleetops.eks.plugins.module_utils._events.queue import EVENTS, QueueSpec, to_result

SPEC: dict[str, Any] = {
    "argument_spec": {
        "name": {"type": "str", "required": True},
        "events": {"type": "list", "elements": "str", "choices": list(EVENTS), "default": list(EVENTS)},
        "message_retention_period": {"type": "int"},
        "account_id": {"type": "str"},
        "tags": {"type": "dict", "aliases": ["resource_tags"]},
        "purge_tags": {"type": "bool", "default": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        **aws_options(),
    },
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Make the queue and its rules as declared and return them."""
    spec = QueueSpec.from_params(params)
    place = place_of(context.clients, params["account_id"])
    live = LiveQueue(context.clients("sqs"), context.clients("events"), spec, place, present=params["state"] == "present", clock=context.clock)
    outcome = reconcile(live, context.run(params))
    return {**outcome.common(), "interruption_queue": to_result(spec, outcome.state)}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
