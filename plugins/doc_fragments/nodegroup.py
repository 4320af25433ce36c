# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a managed node group; mirrors module_utils/_eks/nodegroup_options.py."""

from __future__ import annotations

from ansible_collections.fleetops.eks.plugins.plugin_utils.doc_members import members_of


class ModuleDocFragment:
    """One node group; MEMBER for a module that takes a list of them."""

    DOCUMENTATION = r"""
options:
  name:
    description: Name of the node group.
    type: str
    required: true
    aliases: [nodegroup_name]
  node_role:
    description:
      - ARN of the nodes' IAM role. Cannot change afterwards.
      - Needed to create the node group.
    type: str
  subnets:
    description:
      - IDs of the subnets, compared as a set. Cannot change afterwards.
      - Needed to create the node group.
      - Looked up before creation where the caller may C(ec2:DescribeSubnets); those that are not there are refused before any call.
    type: list
    elements: str
  scaling_config:
    description: How many nodes there are. What is not mentioned stays; for a new node group EKS decides where the whole is left out.
    type: dict
    suboptions:
      min_size:
        description: The fewest nodes. Needed with O(scaling_config.max_size) for a new node group.
        type: int
      max_size:
        description: The most nodes.
        type: int
      desired_size:
        description:
          - How many nodes there are now. Leave it out, or set O(ignore_desired_size=true), where an autoscaler decides.
          - A new node group begins with O(scaling_config.min_size) by default.
        type: int
  ignore_desired_size:
    description: Whether O(scaling_config.desired_size) counts for a new node group only. New bounds still move the size as far as they must.
    type: bool
    default: false
  disk_size:
    description: Size of each node's disk in GiB. Cannot change afterwards.
    type: int
  instance_types:
    description: Instance types, in the order in which On-Demand capacity tries them. Cannot change afterwards.
    type: list
    elements: str
  ami_type:
    description:
      - Type of the AMI. By default EKS's own choice for the instance types, of Amazon Linux 2023. Cannot change afterwards.
      - V(CUSTOM) needs O(launch_template).
    type: str
    choices:
      - AL2023_x86_64_STANDARD
      - AL2023_ARM_64_STANDARD
      - AL2023_x86_64_NEURON
      - AL2023_x86_64_NVIDIA
      - AL2023_ARM_64_NVIDIA
      - AL2_x86_64
      - AL2_x86_64_GPU
      - AL2_ARM_64
      - BOTTLEROCKET_ARM_64
      - BOTTLEROCKET_x86_64
      - BOTTLEROCKET_ARM_64_FIPS
      - BOTTLEROCKET_x86_64_FIPS
      - BOTTLEROCKET_ARM_64_NVIDIA
      - BOTTLEROCKET_x86_64_NVIDIA
      - BOTTLEROCKET_ARM_64_NVIDIA_FIPS
      - BOTTLEROCKET_x86_64_NVIDIA_FIPS
      - WINDOWS_CORE_2019_x86_64
      - WINDOWS_FULL_2019_x86_64
      - WINDOWS_CORE_2022_x86_64
      - WINDOWS_FULL_2022_x86_64
      - WINDOWS_CORE_2025_x86_64
      - WINDOWS_FULL_2025_x86_64
      - CUSTOM
  capacity_type:
    description: How the capacity is bought. By default EKS's own choice, V(ON_DEMAND). Cannot change afterwards.
    type: str
    choices: [ON_DEMAND, SPOT, CAPACITY_BLOCK]
  remote_access:
    description: SSH access to the nodes. Cannot change afterwards.
    type: dict
    suboptions:
      ec2_ssh_key:
        description: Name of the EC2 key pair.
        type: str
      source_sg:
        description: Security groups that may reach port 22.
        type: list
        elements: str
        aliases: [source_security_groups]
  launch_template:
    description:
      - Launch template of the nodes, by its id or its name. Only its version can change afterwards.
      - O(instance_types) and O(ami_type) may go with a template that does not set them.
    type: dict
    suboptions:
      id:
        description: ID of the template. It wins where O(launch_template.name) is given too.
        type: str
      name:
        description: Name of the template.
        type: str
      version:
        description:
          - Version of the template. V($Latest) and V($Default) are the numbers they are when the task runs.
          - Without it a new node group takes the template's default version, and an existing one keeps its own.
        type: str
  version:
    description: Kubernetes version of the nodes, in quotes. By default the cluster's for a new node group; an existing one keeps its own.
    type: str
  release_version:
    description: Release of the AMI. Without it a new node group gets the newest for its version, and an existing one keeps its own.
    type: str
  force:
    description: Whether an update goes on where pods cannot be evicted because of a disruption budget.
    type: bool
    default: false
  allow_downgrade:
    description: Whether an older O(version) or O(release_version) is tried, as a cluster's rollback needs. Refused otherwise.
    type: bool
    default: false
  labels:
    description: Kubernetes labels of the nodes. Without it they stay; an empty mapping removes them all.
    type: dict
  purge_labels:
    description: Whether labels that O(labels) does not mention are removed. Without O(labels) none is touched.
    type: bool
    default: true
  taints:
    description: Kubernetes taints of the nodes. Without it they stay; an empty list removes them all.
    type: list
    elements: dict
    suboptions:
      key:
        description: Key of the taint.
        type: str
        required: true
      value:
        description: Value of the taint.
        type: str
      effect:
        description: Effect of the taint. Key and effect together name a taint.
        type: str
        required: true
        choices: [NO_SCHEDULE, NO_EXECUTE, PREFER_NO_SCHEDULE]
  purge_taints:
    description: Whether taints that O(taints) does not mention are removed. Without O(taints) none is touched.
    type: bool
    default: true
  update_config:
    description: How an update replaces nodes. What is not mentioned stays.
    type: dict
    suboptions:
      max_unavailable:
        description: How many nodes may be unavailable at once.
        type: int
      max_unavailable_percentage:
        description: How many percent of the nodes may be unavailable at once.
        type: int
      update_strategy:
        description: Whether new nodes come before old ones go (V(DEFAULT)), or after, where capacity is short (V(MINIMAL)).
        type: str
        choices: [DEFAULT, MINIMAL]
  node_repair_config:
    description: Automatic repair of nodes. What is not mentioned stays.
    type: dict
    suboptions:
      enabled:
        description: Whether nodes are repaired.
        type: bool
      max_unhealthy_node_threshold_count:
        description: With more unhealthy nodes than this repair stops.
        type: int
      max_unhealthy_node_threshold_percentage:
        description: With more percent of the nodes unhealthy than this repair stops.
        type: int
      max_parallel_nodes_repaired_count:
        description: How many nodes are repaired at once.
        type: int
      max_parallel_nodes_repaired_percentage:
        description: How many percent of the unhealthy nodes are repaired at once.
        type: int
      node_repair_config_overrides:
        description: What to do about particular conditions.
        type: list
        elements: dict
        suboptions:
          node_monitoring_condition:
            description: The condition, for example V(AcceleratedInstanceNotReady).
            type: str
            required: true
          node_unhealthy_reason:
            description: The reason, for example V(NvidiaXID13Error).
            type: str
            required: true
          min_repair_wait_time_mins:
            description: Minutes the condition must last.
            type: int
            required: true
          repair_action:
            description: What is done.
            type: str
            required: true
            choices: [Replace, Reboot, NoAction]
  warm_pool_config:
    description: Instances kept ready beside the nodes. What is not mentioned stays.
    type: dict
    suboptions:
      enabled:
        description: Whether there is a warm pool.
        type: bool
      min_size:
        description: The fewest instances in the pool.
        type: int
      max_group_prepared_capacity:
        description: The most instances in the pool and the group together.
        type: int
      pool_state:
        description: The state in which instances wait.
        type: str
        choices: [STOPPED, RUNNING, HIBERNATED]
      reuse_on_scale_in:
        description: Whether instances go back to the pool when the group shrinks.
        type: bool
  tags:
    description: Tags of the node group. Tags that are not mentioned are removed, unless O(purge_tags=false).
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description: Whether tags that O(tags) does not mention are removed. Without O(tags) none is touched.
    type: bool
    default: true
  recreate_failed:
    description: Whether a node group found in V(CREATE_FAILED) or V(DELETE_FAILED) is deleted and created again. It is refused otherwise.
    type: bool
    default: false
  state:
    description: Whether the node group exists.
    type: str
    choices: [present, absent]
    default: present
"""

    MEMBER: str = members_of("nodegroups", DOCUMENTATION)
