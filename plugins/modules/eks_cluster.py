#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage an EKS cluster: the control plane and all its settings."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_cluster
short_description: Manage an EKS cluster
version_added: 0.1.0
description:
  - Creates, updates, upgrades and deletes the control plane of an Amazon EKS cluster, with every setting that EKS has.
  - What differs is sent in the order EKS takes, one type of update a call, each waited for by its update id.
    An operation that somebody else has under way is waited for first.
  - What EKS cannot do (another role, another service range, a version skipped) is refused before any call.
    So are subnets, security groups and keys that are not there or do not fit, and networks that overlap the VPC's. They are looked up only where a change
    depends on them, with C(ec2:DescribeSubnets), C(ec2:DescribeSecurityGroups), C(ec2:DescribeVpcs) and C(kms:DescribeKey);
    who may not look is warned, and has EKS refuse them.
  - An option that is not mentioned is left as it is; an empty list takes away what there is.
  - Takes the options of M(community.aws.eks_cluster) by their names and meaning. In contrast to it, this module waits unless O(wait=false).
author:
  - fleetops.eks contributors (@fleetops)
options:
  name:
    description: Name of the cluster.
    type: str
    required: true
  state:
    description: Whether the cluster exists.
    type: str
    choices: [present, absent]
    default: present
  version:
    description:
      - Kubernetes minor version, as text. Quote it, for YAML reads 1.30 without quotes as 1.3.
      - A higher one upgrades the control plane, minor by minor. A lower one is refused without O(allow_rollback=true).
      - EKS's default version when a cluster is created without it.
    type: str
  force:
    description: Whether an upgrade or rollback goes on against EKS's readiness insights. They are not asked then.
    type: bool
    default: false
  insights_gate:
    description:
      - Which insights stop a change of O(version) before the call. They are looked at before each minor on the way, and refreshed where they are
        older than a day or the cluster has just climbed; check mode takes them as they are.
      - With V(error), those of status C(ERROR), and C(UNKNOWN), which EKS could not determine. With V(warning), those of status C(WARNING) as well.
      - Needs C(eks:ListInsights), C(eks:StartInsightsRefresh) and C(eks:DescribeInsightsRefresh), unless V(none).
    type: str
    choices: [error, warning, none]
    default: error
  allow_rollback:
    description: Whether O(version) may be the minor before the one the cluster runs. EKS takes that within 7 days of an upgrade; nodes and add-ons stay.
    type: bool
    default: false
  cancel_rollback:
    description:
      - Whether a rollback under way is cancelled, which EKS does on clusters with Auto Mode while their nodes go back.
        Nothing is done when there is none. Declare O(version) as the one the cluster runs, or leave it out.
    type: bool
    default: false
  rollback_timeout:
    description: Minutes, 120 to 10080, after which EKS gives up a rollback that waits for nodes. EKS's default is 720.
    type: int
  role_arn:
    description: ARN of the IAM role of the control plane. Needed to create the cluster; cannot change.
    type: str
  subnets:
    description: Ids of the subnets for the control plane's network interfaces, two or more of different zones. Needed to create the cluster.
    type: list
    elements: str
  security_groups:
    description:
      - Ids of security groups, at most five, for those network interfaces, besides the one that EKS makes.
      - Names are taken too, and looked up in the VPC of O(subnets), which needs C(ec2:DescribeSubnets) and C(ec2:DescribeSecurityGroups).
    type: list
    elements: str
  endpoint_public_access:
    description: Whether the API server can be reached from the internet. EKS's default is V(true).
    type: bool
  endpoint_private_access:
    description: Whether it can be reached from within the VPC. EKS's default is V(false).
    type: bool
  public_access_cidrs:
    description: Networks that may use the public endpoint. EKS's default is V(0.0.0.0/0).
    type: list
    elements: str
  control_plane_egress_mode:
    description: Who routes the control plane's outgoing traffic. There is no way back to V(AWS_MANAGED).
    type: str
    choices: [AWS_MANAGED, CUSTOMER_ROUTED, CUSTOMER_ISOLATED]
  service_ipv4_cidr:
    description: Range of the services' addresses, C(/12) to C(/24), private. Cannot change.
    type: str
  ip_family:
    description: IP family of pods and services. Cannot change.
    type: str
    choices: [ipv4, ipv6]
  logging:
    description: Types of control plane logs that go to CloudWatch Logs. Those not listed are turned off.
    type: list
    elements: str
    choices: [api, audit, authenticator, controllerManager, scheduler]
  encryption_key_arn:
    description:
      - ARN of the KMS key that encrypts secrets. Can be added to a cluster that has none; cannot change, and cannot be taken away.
      - An alias is taken as well; it counts as met by whatever key the cluster has.
    type: str
  authentication_mode:
    description:
      - How identities of IAM are let in. Goes from V(CONFIG_MAP) through V(API_AND_CONFIG_MAP) to V(API), never back.
      - EKS's default is V(CONFIG_MAP). Hybrid nodes, Auto Mode and access entries need one of the others.
    type: str
    choices: [CONFIG_MAP, API_AND_CONFIG_MAP, API]
  bootstrap_cluster_creator_admin_permissions:
    description:
      - Whether the identity that creates the cluster becomes its administrator. Counts at creation only, and is never compared.
      - EKS's default is V(true), and it stays in force when this is not mentioned, so that no one locks themselves out.
        V(false) with an access entry for the administrators is the better practice; it needs another O(authentication_mode) than V(CONFIG_MAP).
    type: bool
  bootstrap_self_managed_addons:
    description:
      - Whether a new cluster gets the VPC CNI, kube-proxy and CoreDNS as self-managed add-ons. Counts at creation only, and is never compared.
      - EKS's default is V(true). With O(auto_mode) it is V(false), the only value EKS takes there.
    type: bool
  support_type:
    description: Whether the cluster goes into paid extended support when its version leaves standard support, or is upgraded by EKS.
    type: str
    choices: [STANDARD, EXTENDED]
  zonal_shift:
    description: Whether ARC zonal shift may take a zone out of service.
    type: bool
  remote_node_networks:
    description:
      - Networks of hybrid nodes, as CIDRs, at most 15, private. Needs O(authentication_mode) other than V(CONFIG_MAP).
      - An empty list takes hybrid nodes away.
    type: list
    elements: str
  remote_pod_networks:
    description: Networks of the pods on hybrid nodes, as CIDRs, at most 15, private. An empty list takes them away.
    type: list
    elements: str
  auto_mode:
    description: EKS Auto Mode. Its three parts (compute, load balancing, block storage) are turned on and off together, as EKS wants.
    type: dict
    suboptions:
      enabled:
        description: Whether it is on.
        type: bool
        required: true
      node_pools:
        description: Built-in node pools.
        type: list
        elements: str
        choices: [general-purpose, system]
      node_role_arn:
        description: ARN of the nodes' IAM role. Goes with O(auto_mode.node_pools), and cannot change while Auto Mode is on.
        type: str
      gateway_api_crds:
        description: Whether EKS installs and updates the CRDs of the Gateway API.
        type: bool
  deletion_protection:
    description: Whether EKS refuses to delete the cluster.
    type: bool
  force_delete:
    description: Whether O(state=absent) lifts the deletion protection first. Without it a protected cluster is refused.
    type: bool
    default: false
  control_plane_scaling_tier:
    description: Tier of the provisioned control plane.
    type: str
    choices: [standard, tier-xl, tier-2xl, tier-4xl, tier-8xl]
  kube_api_server_config:
    description: Settings of the API server. Members that are not mentioned are left as they are.
    type: dict
    suboptions:
      event_ttl:
        description: How long events are kept, for example V(30m).
        type: str
      service_node_port_range:
        description: Ports of services of type NodePort.
        type: dict
        suboptions:
          min_port:
            description: The first port.
            type: int
            required: true
          max_port:
            description: The last port.
            type: int
            required: true
  kube_scheduler_config:
    description: Settings of the scheduler.
    type: dict
    suboptions:
      node_resources_fit:
        description: How nodes are scored by their resources.
        type: dict
        suboptions:
          scoring_strategy:
            description: The scoring strategy.
            type: dict
            suboptions:
              type:
                description: Whether nodes with the least or the most in use come first.
                type: str
                choices: [LeastAllocated, MostAllocated]
              resources:
                description: Resources that count.
                type: list
                elements: dict
                suboptions:
                  name:
                    description: Name of the resource, for example V(cpu).
                    type: str
                    required: true
                  weight:
                    description: Its weight, 1 to 100.
                    type: int
                    required: true
  kube_controller_manager_config:
    description: Settings of the controller manager. Members that are not mentioned are left as they are.
    type: dict
    suboptions:
      pod_gc_controller_config:
        description: Garbage collection of pods.
        type: dict
        suboptions:
          terminated_pod_gc_threshold:
            description: Number of terminated pods, 1 to 1000000, from which on they are collected.
            type: int
      horizontal_pod_autoscaler_controller_config:
        description: The horizontal pod autoscaler.
        type: dict
        suboptions:
          horizontal_pod_autoscaler_sync_period:
            description: Time between two looks, for example V(15s).
            type: str
  outpost_config:
    description: The Outpost that a local cluster runs on. Cannot change.
    type: dict
    suboptions:
      outpost_arns:
        description: ARN of the Outpost, as a list of one.
        type: list
        elements: str
        required: true
      control_plane_instance_type:
        description: Instance type of the control plane.
        type: str
        required: true
      control_plane_placement:
        description: Placement of the control plane's instances.
        type: dict
        suboptions:
          group_name:
            description: Name of the placement group.
            type: str
          spread_level:
            description: Over what they are spread.
            type: str
            choices: [host, rack]
      etcd_instance_type:
        description: Instance type of etcd.
        type: str
      etcd_placement:
        description: Placement of etcd's instances.
        type: dict
        suboptions:
          spread_level:
            description: Over what they are spread.
            type: str
            choices: [host, rack]
  tags:
    description: Tags of the cluster. Tags that are not mentioned are removed, unless O(purge_tags=false).
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description: Whether tags that O(tags) does not mention are removed. Without O(tags) none is touched.
    type: bool
    default: true
  wait:
    description:
      - Whether to wait until the last operation has ended. Operations before it are waited for always, as EKS takes one at a time.
      - Without it, a cluster that is being created or updated is waited for only when something is left to change.
    type: bool
    default: true
  wait_timeout:
    description: Seconds for the whole task. Creation takes some 10 minutes, an upgrade 10 to 30 for each minor.
    type: int
    default: 3600
extends_documentation_fragment:
  - fleetops.eks.aws
  - fleetops.eks.attributes
seealso:
  - module: fleetops.eks.eks_cluster_info
"""

EXAMPLES = r"""
- name: Create a cluster
  fleetops.eks.eks_cluster:
    name: edge
    role_arn: arn:aws:iam::111122223333:role/eks-cluster
    subnets:
      - subnet-aaaa1111
      - subnet-bbbb2222

- name: Upgrade it
  fleetops.eks.eks_cluster:
    name: edge
    version: '1.34'

- name: Go back to the minor before
  fleetops.eks.eks_cluster:
    name: edge
    version: '1.33'
    allow_rollback: true

- name: Stay on the newer minor after all, while a rollback of Auto Mode waits for its nodes
  fleetops.eks.eks_cluster:
    name: edge
    cancel_rollback: true

- name: Create a private cluster for hybrid nodes, protected, encrypted and logged
  fleetops.eks.eks_cluster:
    name: factory
    version: '1.34'
    role_arn: arn:aws:iam::111122223333:role/eks-cluster
    subnets:
      - subnet-aaaa1111
      - subnet-bbbb2222
    security_groups:
      - sg-cccc3333
    endpoint_public_access: false
    endpoint_private_access: true
    authentication_mode: API
    bootstrap_cluster_creator_admin_permissions: false
    bootstrap_self_managed_addons: false
    service_ipv4_cidr: 172.20.0.0/16
    remote_node_networks:
      - 192.168.16.0/20
    remote_pod_networks:
      - 192.168.64.0/18
    encryption_key_arn: arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab
    logging: [api, audit, authenticator]
    support_type: STANDARD
    zonal_shift: true
    deletion_protection: true
    control_plane_scaling_tier: tier-xl
    kube_api_server_config:
      event_ttl: 30m
    tags:
      Environment: prod
      Team: platform

- name: Turn on Auto Mode
  fleetops.eks.eks_cluster:
    name: edge
    authentication_mode: API
    auto_mode:
      enabled: true
      node_pools: [general-purpose, system]
      node_role_arn: arn:aws:iam::111122223333:role/eks-auto-node

- name: Delete a protected cluster
  fleetops.eks.eks_cluster:
    name: factory
    state: absent
    force_delete: true
"""

RETURN = r"""
cluster:
  description:
    - The cluster as EKS describes it, with snake_case keys, always the same ones; V(null) when there is none.
    - Its members are returned at the top level as well (RV(arn), RV(endpoint), RV(version), …), as M(community.aws.eks_cluster) does.
  returned: success
  type: dict
  sample:
    access_config: {authentication_mode: API}
    arn: arn:aws:eks:us-east-1:111122223333:cluster/edge
    certificate_authority: {data: LS0tLS1CRUdJTi…}
    created_at: '2026-11-22T13:40:00+00:00'
    endpoint: https://0123456789ABCDEF0123456789ABCDEF.gr7.us-east-1.eks.amazonaws.com
    name: edge
    resources_vpc_config:
      cluster_security_group_id: sg-dddd4444
      endpoint_private_access: true
      endpoint_public_access: false
      subnet_ids: [subnet-aaaa1111, subnet-bbbb2222]
      vpc_id: vpc-eeee5555
    role_arn: arn:aws:iam::111122223333:role/eks-cluster
    status: ACTIVE
    tags: {Team: platform}
    version: '1.34'
name:
  description: Name of the cluster.
  returned: when the cluster exists
  type: str
  sample: edge
arn:
  description: ARN of the cluster.
  returned: when the cluster exists
  type: str
  sample: arn:aws:eks:us-east-1:111122223333:cluster/edge
status:
  description: Status of the cluster.
  returned: when the cluster exists
  type: str
  sample: ACTIVE
version:
  description: Kubernetes version of the control plane.
  returned: when the cluster exists
  type: str
  sample: '1.34'
endpoint:
  description: URL of the API server.
  returned: when the cluster exists; null until it is active
  type: str
  sample: https://0123456789ABCDEF0123456789ABCDEF.gr7.us-east-1.eks.amazonaws.com
certificate_authority:
  description: The certificate authority that signs for the API server, as C(data).
  returned: when the cluster exists; empty until it is active
  type: dict
  sample: {data: LS0tLS1CRUdJTi…}
role_arn:
  description: ARN of the control plane's IAM role.
  returned: when the cluster exists
  type: str
  sample: arn:aws:iam::111122223333:role/eks-cluster
created_at:
  description: When it was created.
  returned: when the cluster exists
  type: str
  sample: '2026-11-22T13:40:00+00:00'
resources_vpc_config:
  description: Its subnets, security groups, VPC and endpoint access.
  returned: when the cluster exists
  type: dict
  sample: {vpc_id: vpc-eeee5555, subnet_ids: [subnet-aaaa1111, subnet-bbbb2222]}
upgrade:
  description:
    - The way of versions, where there is one to go, in check mode and in errors too, with the insights that did not pass when they were last looked at.
    - C(climbed) are the versions reached before the last look.
  returned: when the version changes
  type: dict
  sample:
    from: '1.33'
    to: '1.35'
    hops: ['1.34', '1.35']
    climbed: ['1.34']
    findings:
      - id: 4f2c1c52-7b0e-4d7e-9a93-0c5d1f3b7a10
        name: Kubelet version skew
        status: WARNING
        reason: Nodes are three minors behind
        kubernetes_version: '1.35'
        last_refresh_time: '2026-11-22T13:40:00+00:00'
actions:
  description: The operations in order, each with the fields it changed, its update id and its status (V(planned) in check mode).
  returned: success
  type: list
  elements: dict
  sample: [{operation: update_cluster_config, fields: [logging], status: done, update_id: 3f9a2d4e-0c1b-4a6e-8f57-2b1c9d0e7a61}]
"""

from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options, wait_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import reconcile
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster import to_result
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster_options import SETTINGS
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster_values import ClusterSpec
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.cluster import LiveCluster, with_group_ids

SPEC: dict[str, Any] = {
    "argument_spec": {
        "name": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        **SETTINGS,
        **wait_options(3600),
        **aws_options(),
    },
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Make the cluster as declared and return it."""
    present = params["state"] == "present"
    spec = ClusterSpec.from_params(params)
    if present:
        spec = with_group_ids(spec, lambda: context.clients("ec2"))
    live = LiveCluster(context.clients, spec, clock=context.clock, present=present, wait=bool(params["wait"]), check_mode=context.check_mode)
    outcome = reconcile(live, context.run(params))
    cluster = to_result(outcome.state)
    upgrade = {"upgrade": live.evidence.told} if live.evidence.told else {}
    return {**(cluster or {}), **outcome.common(), **upgrade, "cluster": cluster}


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
