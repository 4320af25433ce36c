"""The simulator that the table of refusals asks: a cluster with one of each noun, which nobody may touch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sandbox.aws.testing import Running, start
from tests.support.modules import call

ROLE = "arn:aws:iam::123456789012:role"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd"
SUBNETS = ["subnet-1", "subnet-2"]
MADE: list[tuple[str, dict[str, Any]]] = [
    (
        "eks_cluster",
        {
            "name": "edge",
            "role_arn": f"{ROLE}/eks",
            "subnets": SUBNETS,
            "version": "1.34",
            "authentication_mode": "API",
            "encryption_key_arn": KEY,
            "control_plane_egress_mode": "CUSTOMER_ROUTED",
            "deletion_protection": True,
        },
    ),
    ("eks_nodegroup", {"cluster_name": "edge", "name": "apps", "node_role": f"{ROLE}/nodes", "subnets": SUBNETS}),
    ("eks_addon", {"cluster_name": "edge", "name": "eks-pod-identity-agent"}),
    ("eks_addon", {"cluster_name": "edge", "name": "coredns"}),
    (
        "eks_addon",
        {"cluster_name": "edge", "name": "vpc-cni", "pod_identity_associations": [{"service_account": "aws-node", "role_arn": f"{ROLE}/cni"}]},
    ),
    (
        "eks_pod_identity_association",
        {"cluster_name": "edge", "namespace": "kube-system", "service_account": "ebs-csi-controller-sa", "role_arn": f"{ROLE}/disks"},
    ),
    ("eks_access_entry", {"cluster_name": "edge", "principal_arn": f"{ROLE}/people"}),
    ("eks_pod_identity_association", {"cluster_name": "edge", "namespace": "apps", "service_account": "web", "role_arn": f"{ROLE}/web"}),
]


@contextmanager
def full_cluster() -> Iterator[Running]:
    with start(delay=0) as aws:
        aws.on("2026-11-20")
        for module, params in MADE:
            result = call(module, params, url=aws.url)
            assert result["changed"], (module, result)
        aws.clear_log()
        yield aws
