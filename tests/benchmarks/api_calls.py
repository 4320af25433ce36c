"""How many calls the EKS API gets for one full cluster: 3 node groups, 6 add-ons, 8 access entries, 4 pod identity associations.

Counted by the simulator, for the set modules as the roles call them: a run that creates, one that finds nothing to do, one that changes one thing
of each noun. The least possible for a run with nothing to do: each thing described once, each list that finds strangers read once.
The last line reads `bench-calls: no-op N of at least N, creation N, update N`.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

from sandbox.aws import testing
from tests.support.modules import call

ACCOUNT = "123456789012"
KEY = "AKIATEST"
ROLE = f"arn:aws:iam::{ACCOUNT}:role"
Tasks = list[tuple[str, dict[str, Any]]]

GROUPS = ("apps", "batch", "system")
ADDONS = ("eks-pod-identity-agent", "vpc-cni", "kube-proxy", "coredns", "metrics-server", "eks-node-monitoring-agent")
PEOPLE = tuple(f"team-{number}" for number in range(1, 9))
ACCOUNTS = ("app-a", "app-b", "app-c", "app-d")
LEAST: dict[str, int] = {
    "DescribeCluster": 1,
    "ListNodegroups": 1,
    "DescribeNodegroup": len(GROUPS),
    "ListAddons": 1,
    "DescribeAddon": len(ADDONS),
    "ListAccessEntries": 1,
    "DescribeAccessEntry": len(PEOPLE),
    "ListAssociatedAccessPolicies": len(PEOPLE),
    "ListPodIdentityAssociations": 1,
    "DescribePodIdentityAssociation": len(ACCOUNTS) + 1,  # one more is of an add-on, which names no more than its ARN
}
"""No answer of EKS holds what two of these tell."""


def tasks(subnets: list[str], *, changed: bool = False) -> Tasks:
    """Return the converge of one cluster; `changed` declares one other thing of each noun."""
    value = "two" if changed else "one"
    cluster = {"name": "full", "role_arn": f"{ROLE}/eks", "subnets": subnets, "version": "1.34", "authentication_mode": "API", "tags": {"Run": value}}
    groups = [{"name": name, "node_role": f"{ROLE}/nodes", "subnets": subnets, "labels": {"run": value if name == "apps" else "any"}} for name in GROUPS]
    owned = {"pod_identity_associations": [{"service_account": "aws-node", "role_arn": f"{ROLE}/cni"}]}
    addons = [{"name": name, "tags": {"Run": value if name == "coredns" else "any"}, **(owned if name == "vpc-cni" else {})} for name in ADDONS]
    entries = [{"principal_arn": f"{ROLE}/{name}", "access_policies": [{"policy": "AmazonEKSViewPolicy"}]} for name in PEOPLE]
    entries[0]["kubernetes_groups"] = [value]
    pods = [{"namespace": "apps", "service_account": name, "role_arn": f"{ROLE}/{name}"} for name in ACCOUNTS]
    pods[0]["tags"] = {"Run": value}
    of = {"cluster_name": "full"}
    return [
        ("eks_cluster", cluster),
        ("eks_access_entries", {**of, "access_entries": entries, "purge_access_entries": True}),
        ("eks_pod_identity_associations", {**of, "pod_identity_associations": pods, "purge_pod_identity_associations": True}),
        ("eks_nodegroups", {**of, "nodegroups": groups, "purge_nodegroups": True}),
        ("eks_addons", {**of, "addons": addons, "purge_addons": True}),
    ]


def counted(aws: testing.Running, played: Tasks) -> tuple[Counter[str], int]:
    """Run tasks and return the calls of EKS by operation, and how many tasks changed something."""
    aws.clear_log()
    changed = 0
    for module, params in played:
        result = call(module, params, url=aws.url)
        if result.get("failed"):
            raise SystemExit(f"{module}: {result['msg']}")
        changed += bool(result["changed"])
    return Counter(request["operation"] for request in aws.log("eks")), changed


def measured() -> dict[str, tuple[Counter[str], int]]:
    """Return what was counted of each run: creation, no-op, update."""
    with testing.start(delay=0) as aws:
        for name in ("eks", "nodes", "cni", *PEOPLE, *ACCOUNTS):
            aws.client("iam", access_key=KEY).create_role(RoleName=name, AssumeRolePolicyDocument="{}")
        subnets = [subnet["SubnetId"] for subnet in aws.client("ec2", access_key=KEY).describe_subnets()["Subnets"]][:2]
        return {
            "creation": counted(aws, tasks(subnets)),
            "no-op": counted(aws, tasks(subnets)),
            "update": counted(aws, tasks(subnets, changed=True)),
        }


def main() -> int:
    runs = measured()
    names = sorted({name for calls, _changed in runs.values() for name in calls} | set(LEAST))
    print(f"{'operation':34}{'least':>8}{'no-op':>8}{'creation':>10}{'update':>8}")
    for name in names:
        print(f"{name:34}{LEAST.get(name, 0):8}{runs['no-op'][0][name]:8}{runs['creation'][0][name]:10}{runs['update'][0][name]:8}")
    no_op, creation, update = (runs[name][0].total() for name in ("no-op", "creation", "update"))
    print(f"bench-calls: no-op {no_op} of at least {sum(LEAST.values())}, creation {creation}, update {update}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
