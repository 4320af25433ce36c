"""Declarations that cannot be, over the nouns of EKS, each by its module: the message, the remedy, the options, and no call that writes.

The words stand here in full, because they are what a user has to go by.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.aws.testing import Running
from tests.integration.modules.refusals import ROLE, SUBNETS, full_cluster
from tests.support.modules import call

C: dict[str, Any] = {"name": "edge"}
N: dict[str, Any] = {"name": "apps"}
A: dict[str, Any] = {"principal_arn": f"{ROLE}/people"}
P: dict[str, Any] = {"namespace": "apps", "service_account": "web"}
NEWC: dict[str, Any] = {"name": "new", "role_arn": f"{ROLE}/eks", "subnets": SUBNETS}
NEWN: dict[str, Any] = {"name": "new", "node_role": f"{ROLE}/nodes", "subnets": SUBNETS}
TAGS = {"aws:x": "y"}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

REFUSED: list[tuple[str, str, dict[str, Any], str, str]] = [
    (
        "eks_cluster",
        "another role",
        {**C, "role_arn": f"{ROLE}/other"},
        f"Cluster edge: role_arn is {ROLE}/eks, and EKS cannot change it to {ROLE}/other.",
        "Declare the role it has, or create a new cluster: change the policies of the role instead of the role.",
    ),
    (
        "eks_cluster",
        "another service range",
        {**C, "service_ipv4_cidr": "172.20.0.0/16"},
        "Cluster edge: service_ipv4_cidr is 10.100.0.0/16, and EKS cannot change it to 172.20.0.0/16.",
        "Declare the range it has, or create a new cluster.",
    ),
    (
        "eks_cluster",
        "another IP family",
        {**C, "ip_family": "ipv6"},
        "Cluster edge: ip_family is ipv4, and EKS cannot change it to ipv6.",
        "Declare the family it has, or create a new cluster.",
    ),
    (
        "eks_cluster",
        "a key taken away",
        {**C, "encryption_key_arn": ""},
        ("Cluster edge: its secrets are encrypted with arn:aws:kms:us-east-1:123456789012:key/1234abcd, and EKS cannot take that back."),
        "Leave out encryption_key_arn.",
    ),
    (
        "eks_cluster",
        "another key",
        {**C, "encryption_key_arn": "arn:aws:kms:us-east-1:123456789012:key/other"},
        ("Cluster edge: its secrets are encrypted with arn:aws:kms:us-east-1:123456789012:key/1234abcd, and EKS cannot change the key."),
        "Declare that key in encryption_key_arn; KMS rotates what is in it.",
    ),
    (
        "eks_cluster",
        "access back",
        {**C, "authentication_mode": "CONFIG_MAP"},
        "Cluster edge: authentication_mode is API, and EKS cannot go back to CONFIG_MAP.",
        "Declare authentication_mode: API.",
    ),
    (
        "eks_cluster",
        "egress back",
        {**C, "control_plane_egress_mode": "AWS_MANAGED"},
        "Cluster edge: control_plane_egress_mode is CUSTOMER_ROUTED: leaving AWS_MANAGED was one-way.",
        "Declare control_plane_egress_mode: CUSTOMER_ROUTED, or leave it out.",
    ),
    (
        "eks_cluster",
        "a version below",
        {**C, "version": "1.33"},
        "Cluster edge: version 1.33 is below 1.34, which the cluster runs.",
        ("Set version to what it runs, or allow_rollback: true to roll back, which EKS takes within 7 days of an upgrade."),
    ),
    (
        "eks_cluster",
        "two versions below",
        {**C, "version": "1.32", "allow_rollback": True},
        "Cluster edge: version 1.32 is more than one minor below 1.34.",
        "EKS rolls back by one minor, to the one before the upgrade.",
    ),
    (
        "eks_cluster",
        "a rollback of what was not upgraded",
        {**C, "version": "1.33", "allow_rollback": True},
        "Cluster edge: it was not upgraded since it was created, so there is nothing to roll back to 1.33.",
        "Declare version: '1.34'.",
    ),
    (
        "eks_cluster",
        "a number of YAML",
        {**C, "version": 1.3},
        "Cluster edge: version 1.3 cannot be: EKS began with 1.10. YAML reads 1.30 without quotes as the number 1.3.",
        "Quote it: version: '1.30'.",
    ),
    (
        "eks_cluster",
        "a patch version",
        {**C, "version": "1.34.2"},
        "Cluster edge: version '1.34.2' is not a Kubernetes minor version.",
        "Write it as '1.34'.",
    ),
    (
        "eks_cluster",
        "a version that is not on offer",
        {**C, "version": "1.40"},
        "Cluster edge: EKS does not offer version 1.40 in this region.",
        "Declare one of those it offers: 1.31, 1.32, 1.33, 1.34, 1.35, 1.36.",
    ),
    (
        "eks_cluster",
        "a short rollback timeout",
        {**C, "rollback_timeout": 60},
        "Cluster edge: rollback_timeout 60 is out of range.",
        "Give it as 120 to 10080 minutes.",
    ),
    (
        "eks_cluster",
        "rolling back and not",
        {**C, "allow_rollback": True, "cancel_rollback": True},
        "Cluster edge: cancel_rollback and allow_rollback want opposite things.",
        "Give one of them.",
    ),
    (
        "eks_cluster",
        "no endpoint",
        {**C, "endpoint_public_access": False, "endpoint_private_access": False},
        "Cluster edge: with endpoint_public_access and endpoint_private_access both off nothing could reach it.",
        "Turn one of them on.",
    ),
    (
        "eks_cluster",
        "nobody is everybody",
        {**C, "public_access_cidrs": []},
        "Cluster edge: public_access_cidrs is empty, which EKS reads as everybody.",
        "Name the networks (0.0.0.0/0 for everybody), or set endpoint_public_access: false.",
    ),
    (
        "eks_cluster",
        "no network",
        {**C, "public_access_cidrs": ["everywhere"]},
        "Cluster edge: public_access_cidrs: everywhere is not a network.",
        "Write CIDRs, for example 203.0.113.0/24.",
    ),
    (
        "eks_cluster",
        "private addresses at the public endpoint",
        {**C, "public_access_cidrs": ["10.0.0.0/8", "203.0.113.0/24"]},
        "Cluster edge: public_access_cidrs: 10.0.0.0/8: nobody comes to the public endpoint from a private address.",
        "Name the public addresses by which your networks go out.",
    ),
    (
        "eks_cluster",
        "one subnet",
        {**C, "subnets": ["subnet-1"]},
        "Cluster edge: subnets has fewer than two.",
        "Give two subnets or more, of different availability zones.",
    ),
    (
        "eks_cluster",
        "six security groups",
        {**C, "security_groups": [f"sg-{n}" for n in range(6)]},
        "Cluster edge: security_groups has more than 5.",
        "Give at most 5 security groups.",
    ),
    (
        "eks_cluster",
        "a public remote network",
        {**C, "remote_node_networks": ["203.0.113.0/24"]},
        "Cluster edge: remote_node_networks: 203.0.113.0/24 is not a private IPv4 network of /8 to /32.",
        "Give networks within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16.",
    ),
    (
        "eks_cluster",
        "pods without nodes",
        {**C, "remote_pod_networks": ["192.168.0.0/18"]},
        "Cluster edge: remote_pod_networks without remote_node_networks has no meaning.",
        "Give remote_node_networks, or set remote_pod_networks: [] as well.",
    ),
    (
        "eks_cluster",
        "pods among nodes",
        {**C, "remote_node_networks": ["192.168.0.0/16"], "remote_pod_networks": ["192.168.1.0/24"]},
        "Cluster edge: remote_node_networks 192.168.0.0/16 overlaps remote_pod_networks 192.168.1.0/24.",
        "Give networks that do not overlap.",
    ),
    (
        "eks_cluster",
        "Auto Mode half off",
        {**C, "auto_mode": {"enabled": False, "node_pools": ["system"]}},
        "Cluster edge: auto_mode is off, and yet has node_pools.",
        "Set auto_mode.enabled: true, or leave those out.",
    ),
    (
        "eks_cluster",
        "pools without a role",
        {**C, "auto_mode": {"enabled": True, "node_pools": ["system"]}},
        "Cluster edge: auto_mode has node_pools without node_role_arn.",
        "Give auto_mode.node_role_arn.",
    ),
    (
        "eks_cluster",
        "ports upside down",
        {**C, "kube_api_server_config": {"service_node_port_range": {"min_port": 3000, "max_port": 2000}}},
        "Cluster edge: kube_api_server_config.service_node_port_range is empty.",
        "Give min_port below max_port.",
    ),
    (
        "eks_cluster",
        "events kept too short",
        {**C, "kube_api_server_config": {"event_ttl": "1m"}},
        "Cluster edge: kube_api_server_config.event_ttl 1m is out of range.",
        "Give kube_api_server_config.event_ttl from 10m0s to 1h0m0s.",
    ),
    (
        "eks_cluster",
        "a tag of AWS",
        {**C, "tags": TAGS},
        "Cluster edge: tags: aws:x: names that begin with aws: belong to AWS.",
        "Rename them.",
    ),
    (
        "eks_cluster",
        "deleting what is protected",
        {**C, "state": "absent"},
        "Cluster edge: it is protected against deletion.",
        "Run with deletion_protection: false first, or with force_delete: true to lift the protection and delete.",
    ),
    (
        "eks_cluster",
        "a name with a dot",
        {**NEWC, "name": "new.edge"},
        "Cluster new.edge: the name 'new.edge' is not one EKS takes.",
        "Give name up to 100 letters, digits, - and _, the first a letter or digit.",
    ),
    (
        "eks_cluster",
        "nothing but a name",
        {"name": "new"},
        "Cluster new: it does not exist, and to create it role_arn and subnets must be known.",
        "Give role_arn and subnets.",
    ),
    (
        "eks_cluster",
        "nobody can enter",
        {**NEWC, "bootstrap_cluster_creator_admin_permissions": False},
        ("Cluster new: with authentication_mode CONFIG_MAP (EKS's default) and bootstrap_cluster_creator_admin_permissions: false nobody could enter it."),
        "Set authentication_mode: API or API_AND_CONFIG_MAP.",
    ),
    (
        "eks_cluster",
        "a public service range",
        {**NEWC, "service_ipv4_cidr": "203.0.113.0/24"},
        "Cluster new: service_ipv4_cidr 203.0.113.0/24 is not one EKS takes.",
        "Give a block of /12 to /24 within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16.",
    ),
    (
        "eks_cluster",
        "self-managed add-ons in Auto Mode",
        {**NEWC, "authentication_mode": "API", "auto_mode": {"enabled": True}, "bootstrap_self_managed_addons": True},
        "Cluster new: bootstrap_self_managed_addons does not go with auto_mode.",
        "Leave out bootstrap_self_managed_addons.",
    ),
    (
        "eks_cluster",
        "hybrid nodes by the config map",
        {**NEWC, "remote_node_networks": ["192.168.0.0/18"]},
        "Cluster new: remote_node_networks needs access entries, which authentication_mode CONFIG_MAP does not have.",
        "Set authentication_mode: API or API_AND_CONFIG_MAP.",
    ),
    (
        "eks_cluster",
        "a public local cluster",
        {
            **NEWC,
            "endpoint_public_access": True,
            "outpost_config": {"outpost_arns": ["arn:aws:outposts:us-east-1:1:outpost/op-1"], "control_plane_instance_type": "m5.large"},
        },
        "Cluster new: endpoint_public_access does not go with a local cluster on an Outpost.",
        "Set endpoint_public_access: false and endpoint_private_access: true.",
    ),
    (
        "eks_nodegroup",
        "no role",
        {"name": "new", "subnets": ["subnet-1"]},
        "Node group new of cluster edge needs node_role to be created.",
        "Give node_role.",
    ),
    (
        "eks_nodegroup",
        "no subnets",
        {**NEWN, "subnets": []},
        "Node group new of cluster edge needs subnets to be created.",
        "Give subnets.",
    ),
    (
        "eks_nodegroup",
        "another role",
        {**N, "node_role": f"{ROLE}/other"},
        f"EKS cannot change node_role from '{ROLE}/nodes' to '{ROLE}/other' of node group apps of cluster edge.",
        "Declare a node group of another name with the new values, and remove this one when its pods have moved.",
    ),
    (
        "eks_nodegroup",
        "other subnets",
        {**N, "subnets": ["subnet-1"]},
        "EKS cannot change subnets from ['subnet-1', 'subnet-2'] to ['subnet-1'] of node group apps of cluster edge.",
        "Declare a node group of another name with the new values, and remove this one when its pods have moved.",
    ),
    (
        "eks_nodegroup",
        "another disk",
        {**N, "disk_size": 99},
        "EKS cannot change disk_size from 20 to 99 of node group apps of cluster edge.",
        "Declare a node group of another name with the new values, and remove this one when its pods have moved.",
    ),
    (
        "eks_nodegroup",
        "another AMI type",
        {**N, "ami_type": "BOTTLEROCKET_x86_64"},
        ("EKS cannot change ami_type from 'AL2023_x86_64_STANDARD' to 'BOTTLEROCKET_x86_64' of node group apps of cluster edge."),
        "Declare a node group of another name with the new values, and remove this one when its pods have moved.",
    ),
    (
        "eks_nodegroup",
        "another capacity",
        {**N, "capacity_type": "SPOT"},
        "EKS cannot change capacity_type from 'ON_DEMAND' to 'SPOT' of node group apps of cluster edge.",
        "Declare a node group of another name with the new values, and remove this one when its pods have moved.",
    ),
    (
        "eks_nodegroup",
        "a template for a group without one",
        {**N, "launch_template": {"name": "workers"}},
        ("EKS cannot change launch_template from None to {'name': 'workers', 'id': None, 'version': None} of node group apps of cluster edge."),
        "Declare a node group of another name with the new values, and remove this one when its pods have moved.",
    ),
    (
        "eks_nodegroup",
        "an older version",
        {**N, "version": "1.33"},
        "Node group apps of cluster edge is at version 1.34, which is newer than 1.33.",
        ("Set allow_downgrade to try it, as the rollback of a cluster needs; otherwise declare a node group of another name."),
    ),
    (
        "eks_nodegroup",
        "a number of YAML",
        {**NEWN, "version": 1.3},
        "version 1.3 cannot be: EKS began with 1.10. YAML reads 1.30 without quotes as the number 1.3.",
        "Quote it: version: '1.30'.",
    ),
    (
        "eks_nodegroup",
        "sizes upside down",
        {**N, "scaling_config": {"min_size": 5, "max_size": 2}},
        "The sizes of node group apps cannot be: min_size 5, desired_size 2, max_size 2.",
        "Give scaling_config with min_size <= desired_size <= max_size.",
    ),
    (
        "eks_nodegroup",
        "half of the sizes",
        {**NEWN, "scaling_config": {"desired_size": 2}},
        "Node group new needs scaling_config.min_size and scaling_config.max_size to be created.",
        "Give min_size and max_size.",
    ),
    (
        "eks_nodegroup",
        "no node at most",
        {**NEWN, "scaling_config": {"min_size": 0, "max_size": 0}},
        "Node group new of cluster edge has scaling_config.max_size 0.",
        "Give 1 or more.",
    ),
    (
        "eks_nodegroup",
        "a custom image without a template",
        {**NEWN, "ami_type": "CUSTOM"},
        "Node group new has ami_type CUSTOM, whose image and Kubernetes version come from its launch template.",
        "Give launch_template, and leave version and release_version out.",
    ),
    (
        "eks_nodegroup",
        "groups of a key that is not there",
        {**NEWN, "remote_access": {"source_sg": ["sg-1"]}},
        "Node group new of cluster edge has remote_access.source_sg without ec2_ssh_key.",
        "Give ec2_ssh_key, or leave remote_access out.",
    ),
    (
        "eks_nodegroup",
        "21 instance types",
        {**NEWN, "instance_types": [f"m{n}.large" for n in range(21)]},
        "Node group new of cluster edge has 21 instance_types.",
        "Give at most 20.",
    ),
    (
        "eks_nodegroup",
        "51 taints",
        {**NEWN, "taints": [{"key": f"k{n}", "effect": "NO_SCHEDULE"} for n in range(51)]},
        "Node group new of cluster edge has 51 taints.",
        "Give at most 50.",
    ),
    (
        "eks_nodegroup",
        "all nodes at once",
        {**NEWN, "update_config": {"max_unavailable": 101}},
        "Node group new of cluster edge has update_config.max_unavailable 101.",
        "Give 1 to 100.",
    ),
    (
        "eks_nodegroup",
        "Amazon Linux 2 after its end",
        {**NEWN, "ami_type": "AL2_x86_64", "version": "1.33"},
        "Node group new of cluster edge has ami_type AL2_x86_64 and version 1.33; the last with Amazon Linux 2 is 1.32.",
        "Declare an AL2023 type.",
    ),
    (
        "eks_nodegroup",
        "a name with a dot",
        {**NEWN, "name": "new.apps"},
        "Node group new.apps of cluster edge has a name that EKS does not take.",
        "Give up to 63 letters, digits, - and _, the first a letter or digit.",
    ),
    (
        "eks_nodegroup",
        "a tag of AWS",
        {**NEWN, "tags": TAGS},
        "The tags aws:x of node group new of cluster edge are reserved: AWS alone sets aws:….",
        "Leave them out.",
    ),
    (
        "eks_nodegroups",
        "a group twice",
        {"nodegroups": [NEWN, NEWN]},
        "nodegroups declares new more than once.",
        "Keep one declaration of each.",
    ),
    (
        "eks_addon",
        "an unknown add-on",
        {"name": "nothing"},
        "EKS offers no add-on nothing for Kubernetes 1.34 in this region.",
        "Correct the name; fleetops.eks.eks_addon_info with available lists what there is.",
    ),
    (
        "eks_addon",
        "an unknown version",
        {"name": "vpc-cni", "version": "v9.9.9"},
        (
            "Add-on vpc-cni has no version v9.9.9 for Kubernetes 1.34; available are v1.21.1-eksbuild.3, "
            "v1.20.4-eksbuild.2 (default), v1.19.6-eksbuild.7, v1.19.0-eksbuild.1, v1.18.6-eksbuild.1."
        ),
        "Set version to one of these, to the beginning of one (v1.18), to default or to latest.",
    ),
    (
        "eks_addon",
        "configuration that does not fit",
        {"name": "coredns", "configuration_values": {"replicaCount": "many"}},
        ("configuration_values of add-on coredns v1.13.2-eksbuild.1 does not fit its schema: replicaCount: 'many' is not of type 'integer'."),
        "Correct configuration_values; fleetops.eks.eks_addon_info with configuration returns the schema.",
    ),
    (
        "eks_addon",
        "another namespace",
        {"name": "coredns", "namespace": "other"},
        "Add-on coredns of cluster edge is in namespace kube-system; EKS cannot move it to other.",
        "Delete the add-on and create it again, or leave namespace out.",
    ),
    (
        "eks_addon",
        "two identities",
        {
            "name": "vpc-cni",
            "service_account_role_arn": f"{ROLE}/cni",
            "pod_identity_associations": [{"service_account": "aws-node", "role_arn": f"{ROLE}/cni"}],
        },
        f"Add-on vpc-cni of cluster edge has service_account_role_arn {ROLE}/cni, and EKS takes no pod_identity_associations beside it.",
        "Set service_account_role_arn: '' to have the associations, or leave pod_identity_associations out.",
    ),
    (
        "eks_addon",
        "associations of what takes none",
        {"name": "coredns", "version": "v1.13.2-eksbuild.4", "pod_identity_associations": [{"service_account": "coredns", "role_arn": f"{ROLE}/cni"}]},
        "Add-on coredns v1.13.2-eksbuild.4 does not take pod_identity_associations.",
        "Make the association with fleetops.eks.eks_pod_identity_association before the add-on, and leave it out here.",
    ),
    (
        "eks_addon",
        "associations of cert-manager",
        {"name": "cert-manager", "pod_identity_associations": [{"service_account": "cert-manager", "role_arn": f"{ROLE}/cni"}]},
        "Add-on cert-manager v1.18.2-eksbuild.2 does not take pod_identity_associations.",
        "Make the association with fleetops.eks.eks_pod_identity_association before the add-on, and leave it out here.",
    ),
    (
        "eks_addon",
        "another's service account",
        {"name": "aws-ebs-csi-driver", "version": "latest", "pod_identity_associations": [{"service_account": "other", "role_arn": f"{ROLE}/cni"}]},
        "Add-on aws-ebs-csi-driver v1.54.0-eksbuild.1 takes no pod_identity_associations for other.",
        ("Give those of ebs-csi-controller-sa. Make the association with fleetops.eks.eks_pod_identity_association before the add-on, and leave it out here."),
    ),
    (
        "eks_addon",
        "somebody else's association",
        {"name": "aws-ebs-csi-driver", "pod_identity_associations": [{"service_account": "ebs-csi-controller-sa", "role_arn": f"{ROLE}/cni"}]},
        "Add-on aws-ebs-csi-driver of cluster edge cannot take over ebs-csi-controller-sa: there is an association that is not its own.",
        "Remove it with fleetops.eks.eks_pod_identity_association and state: absent, or leave it out here.",
    ),
    (
        "eks_addon",
        "a service account twice",
        {
            "name": "vpc-cni",
            "pod_identity_associations": [
                {"service_account": "aws-node", "role_arn": f"{ROLE}/cni"},
                {"service_account": "aws-node", "role_arn": f"{ROLE}/web"},
            ],
        },
        "Add-on vpc-cni declares aws-node more than once in pod_identity_associations.",
        "Keep one role for each service account.",
    ),
    (
        "eks_addon",
        "a tag of AWS",
        {"name": "coredns", "tags": TAGS},
        "The tags aws:x of add-on coredns of cluster edge are reserved: AWS alone sets aws:….",
        "Leave them out.",
    ),
    (
        "eks_addons",
        "after what is not declared",
        {"addons": [{"name": "coredns", "after": ["vpc-cni"]}]},
        "Add-on coredns comes after vpc-cni, which is not declared.",
        "Declare it in addons too, or take it out of `after`.",
    ),
    (
        "eks_addons",
        "each after the other",
        {"addons": [{"name": "coredns", "after": ["vpc-cni"]}, {"name": "vpc-cni", "after": ["coredns"]}]},
        "Add-ons coredns, vpc-cni wait for each other.",
        "Take one of them out of another one's `after`.",
    ),
    (
        "eks_addons",
        "an add-on twice",
        {"addons": [{"name": "coredns"}, {"name": "coredns"}]},
        "addons declares coredns more than once.",
        "Keep one declaration of each.",
    ),
    (
        "eks_access_entry",
        "a session",
        {"principal_arn": "arn:aws:sts::123456789012:assumed-role/people/me"},
        "The access entry's principal arn:aws:sts::123456789012:assumed-role/people/me is a session of a role.",
        "Give the ARN of the role itself: arn:aws:iam::ACCOUNT:role/NAME.",
    ),
    (
        "eks_access_entry",
        "an account",
        {"principal_arn": "arn:aws:iam::123456789012:root"},
        "The access entry's principal arn:aws:iam::123456789012:root is not the ARN of an IAM role or user.",
        "Give arn:aws:iam::ACCOUNT:role/NAME, or user/NAME.",
    ),
    (
        "eks_access_entry",
        "another type",
        {**A, "type": "EC2_LINUX"},
        f"The access entry of {ROLE}/people on cluster edge has type STANDARD, which cannot become EC2_LINUX.",
        "Set recreate: true to delete and create it (the principal has no access in between), or leave type as it is.",
    ),
    (
        "eks_access_entry",
        "groups for nodes",
        {"principal_arn": f"{ROLE}/machines", "type": "HYBRID_LINUX", "kubernetes_groups": ["ops"]},
        (f"The access entry of {ROLE}/machines has type HYBRID_LINUX, which takes no kubernetes_groups: EKS gives nodes what they need."),
        "Leave out kubernetes_groups, or make a STANDARD entry for another principal.",
    ),
    (
        "eks_access_entry",
        "policies for nodes",
        {"principal_arn": f"{ROLE}/machines", "type": "EC2_LINUX", "access_policies": [{"policy": "AmazonEKSViewPolicy"}]},
        (f"The access entry of {ROLE}/machines has type EC2_LINUX, which takes no access_policies: EKS gives nodes what they need."),
        "Leave out access_policies, or make a STANDARD entry for another principal.",
    ),
    (
        "eks_access_entry",
        "a group of the system",
        {**A, "kubernetes_groups": ["system:masters"]},
        (
            f"The access entry of {ROLE}/people would use the reserved name system:masters: users and groups must not begin "
            "with system:, eks:, aws:, amazon:, iam:."
        ),
        ("For the rights of system:masters use access policy AmazonEKSClusterAdminPolicy; otherwise bind another name with RBAC."),
    ),
    (
        "eks_access_entry",
        "a policy that is not offered",
        {**A, "access_policies": [{"policy": "AmazonEKSViewerPolicy"}]},
        f"Access policy AmazonEKSViewerPolicy of {ROLE}/people is not one that EKS offers.",
        "Give one of its own, such as AmazonEKSViewPolicy, AmazonEKSAdminViewPolicy.",
    ),
    (
        "eks_access_entry",
        "a policy of IAM",
        {**A, "access_policies": [{"policy": "arn:aws:iam::aws:policy/AdministratorAccess", "scope": "cluster"}]},
        (
            f"Access policy arn:aws:iam::aws:policy/AdministratorAccess of {ROLE}/people is not one of EKS's, "
            "whose ARNs are arn:PARTITION:eks::aws:cluster-access-policy/NAME."
        ),
        "Give its name, for example AmazonEKSViewPolicy. What IAM's policies allow goes to the role, not to an access entry.",
    ),
    (
        "eks_access_entry",
        "a scope without namespaces",
        {**A, "access_policies": [{"policy": "AmazonEKSViewPolicy", "scope": "namespace"}]},
        f"Access policy AmazonEKSViewPolicy of {ROLE}/people has scope namespace and namespaces [].",
        "Give namespaces with scope: namespace, and none with scope: cluster.",
    ),
    (
        "eks_access_entry",
        "namespaces of a whole cluster",
        {**A, "access_policies": [{"policy": "AmazonEKSViewPolicy", "namespaces": ["a"]}]},
        f"Access policy AmazonEKSViewPolicy of {ROLE}/people has scope cluster and namespaces ['a'].",
        "Give namespaces with scope: namespace, and none with scope: cluster.",
    ),
    (
        "eks_access_entry",
        "a tag of AWS",
        {**A, "tags": TAGS},
        f"The tags aws:x of the access entry of {ROLE}/people are reserved: AWS alone sets aws:….",
        "Leave them out.",
    ),
    (
        "eks_access_entries",
        "a principal twice",
        {"access_entries": [A, A]},
        f"access_entries declares {ROLE}/people more than once: a principal has one entry.",
        "Merge them into one.",
    ),
    (
        "eks_pod_identity_association",
        "no role",
        {"namespace": "apps", "service_account": "new"},
        "The association of service account apps/new needs role_arn to be created.",
        "Give role_arn.",
    ),
    (
        "eks_pod_identity_association",
        "a role's name",
        {**P, "role_arn": "web"},
        "The association of service account apps/web has role_arn web, which is not the ARN of a role.",
        "Give arn:aws:iam::ACCOUNT:role/NAME.",
    ),
    (
        "eks_pod_identity_association",
        "a target that is no role",
        {**P, "target_role_arn": "arn:aws:iam::999999999999:user/x"},
        ("The association of service account apps/web has target_role_arn arn:aws:iam::999999999999:user/x, which is not the ARN of a role."),
        "Give arn:aws:iam::ACCOUNT:role/NAME.",
    ),
    (
        "eks_pod_identity_association",
        "a policy with session tags",
        {**P, "policy": "{}"},
        "The association of service account apps/web has a policy, which EKS takes with disable_session_tags only.",
        "Set disable_session_tags: true, or leave out policy.",
    ),
    (
        "eks_pod_identity_association",
        "a policy that is no JSON",
        {**P, "disable_session_tags": True, "policy": "allow all"},
        "The association of service account apps/web has a policy that is no JSON.",
        "Give a policy document as JSON text.",
    ),
    (
        "eks_pod_identity_association",
        "what an add-on owns",
        {"namespace": "kube-system", "service_account": "aws-node", "role_arn": f"{ROLE}/web"},
        (
            "The association of service account kube-system/aws-node on cluster edge belongs to add-on "
            "arn:aws:eks:us-east-1:123456789012:addon/edge/vpc-cni/<uuid>."
        ),
        "Change it through pod_identity_associations of that add-on (fleetops.eks.eks_addon), or leave it out here.",
    ),
    (
        "eks_pod_identity_association",
        "deleting what an add-on owns",
        {"namespace": "kube-system", "service_account": "aws-node", "state": "absent"},
        (
            "The association of service account kube-system/aws-node on cluster edge belongs to add-on "
            "arn:aws:eks:us-east-1:123456789012:addon/edge/vpc-cni/<uuid>."
        ),
        "Change it through pod_identity_associations of that add-on (fleetops.eks.eks_addon), or leave it out here.",
    ),
    (
        "eks_pod_identity_association",
        "a tag of AWS",
        {**P, "tags": TAGS},
        "The tags aws:x of the association of service account apps/web are reserved: AWS alone sets aws:….",
        "Leave them out.",
    ),
    (
        "eks_pod_identity_associations",
        "an account twice",
        {"pod_identity_associations": [P, P]},
        "pod_identity_associations declares apps/web more than once: a service account has one association.",
        "Merge them into one.",
    ),
]
"""(module, what is wrong, options, message, remedy)"""


@pytest.fixture(scope="module")
def aws() -> Iterator[Running]:
    with full_cluster() as running:
        yield running


@pytest.mark.parametrize(("module", "params", "message", "remedy"), [(row[0], *row[2:]) for row in REFUSED], ids=[f"{row[0]}: {row[1]}" for row in REFUSED])
def test_refused_with_its_words_and_no_write(aws: Running, module: str, params: dict[str, Any], message: str, remedy: str) -> None:
    aws.clear_log()
    named = params if module == "eks_cluster" else {"cluster_name": "edge", **params}
    for check_mode in (True, False):
        result = call(module, json.loads(json.dumps(named)), check_mode=check_mode, url=aws.url)
        assert result["failed"]
        assert UUID.sub("<uuid>", result["msg"]) == f"{message} {remedy}"
        assert result["refused_fields"]
        assert not result["changed"]
    assert aws.writes() == []
