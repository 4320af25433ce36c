"""What others do to a cluster's settings, node groups, add-ons and access."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support.model.names import AUTO_ROLE, NAME, ROLE, STRANGER, SUBNETS


def config(eks: Any, **settings: Any) -> None:
    eks.update_cluster_config(name="edge", **settings)


def each_group(eks: Any, act: Callable[[str], Any]) -> None:
    for name in eks.list_nodegroups(**NAME)["nodegroups"]:
        act(name)


def each_pod(eks: Any, act: Callable[[dict[str, Any]], Any]) -> None:
    for found in eks.list_pod_identity_associations(**NAME)["associations"]:
        if not found.get("ownerArn"):
            act(found)


def each_entry(eks: Any, act: Callable[[str], Any]) -> None:
    for principal in eks.list_access_entries(**NAME)["accessEntries"]:
        if principal.endswith(("/people", "/robots")):
            act(principal)


def strange_group(eks: Any) -> None:
    if "strange" not in eks.list_nodegroups(**NAME)["nodegroups"]:
        eks.create_nodegroup(**NAME, nodegroupName="strange", nodeRole=f"{ROLE}/nodes", subnets=SUBNETS)


def strange_entry(eks: Any) -> None:
    if STRANGER not in eks.list_access_entries(**NAME)["accessEntries"]:
        eks.create_access_entry(**NAME, principalArn=STRANGER, kubernetesGroups=["strangers"])


def strange_pod(eks: Any) -> None:
    if not eks.list_pod_identity_associations(**NAME, namespace="strange")["associations"]:
        eks.create_pod_identity_association(**NAME, namespace="strange", serviceAccount="x", roleArn=f"{ROLE}/web")


def strange_addon(eks: Any) -> None:
    if "metrics-server" not in eks.list_addons(**NAME)["addons"]:
        eks.create_addon(**NAME, addonName="metrics-server")


def other_replicas(eks: Any) -> None:
    if "coredns" in eks.list_addons(**NAME)["addons"]:
        eks.update_addon(**NAME, addonName="coredns", configurationValues='{"replicaCount": 7}', resolveConflicts="OVERWRITE")


def other_logs(eks: Any) -> None:
    setups = eks.describe_cluster(name="edge")["cluster"]["logging"]["clusterLogging"]
    on = [kind for setup in setups if setup["enabled"] for kind in setup["types"]]
    config(eks, logging={"clusterLogging": [{"types": ["authenticator"], "enabled": "authenticator" not in on}]})


def other_zonal_shift(eks: Any) -> None:
    config(eks, zonalShiftConfig={"enabled": not eks.describe_cluster(name="edge")["cluster"]["zonalShiftConfig"]["enabled"]})


def other_tags(eks: Any) -> None:
    eks.tag_resource(resourceArn=eks.describe_cluster(name="edge")["cluster"]["arn"], tags={"Team": "others", "stray": "x"})


def relabel(eks: Any, name: str) -> None:
    eks.update_nodegroup_config(
        **NAME, nodegroupName=name, labels={"addOrUpdateLabels": {"tier": "other", "stray": "x"}}, scalingConfig={"minSize": 1, "maxSize": 4, "desiredSize": 3}
    )


def taint(eks: Any, name: str) -> None:
    eks.update_nodegroup_config(**NAME, nodegroupName=name, taints={"addOrUpdateTaints": [{"key": "gpu", "value": "other", "effect": "NO_SCHEDULE"}]})


def grant(eks: Any, principal: str) -> None:
    policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAdminPolicy"
    eks.associate_access_policy(**NAME, principalArn=principal, policyArn=policy, accessScope={"type": "cluster"})
    eks.update_access_entry(**NAME, principalArn=principal, kubernetesGroups=["others"])


def repoint(eks: Any, found: dict[str, Any]) -> None:
    eks.update_pod_identity_association(**NAME, associationId=found["associationId"], roleArn=f"{ROLE}/other")


def other_auto_mode(eks: Any) -> None:
    on = eks.describe_cluster(name="edge")["cluster"].get("computeConfig", {}).get("enabled")
    compute = {"enabled": False} if on else {"enabled": True, "nodePools": ["system"], "nodeRoleArn": AUTO_ROLE}
    switch = {"enabled": not on}
    config(eks, computeConfig=compute, storageConfig={"blockStorage": switch}, kubernetesNetworkConfig={"elasticLoadBalancing": switch})


ON_EKS: dict[str, Callable[[Any], object]] = {
    "cluster: logs": other_logs,
    "cluster: zonal shift": other_zonal_shift,
    "cluster: tags": other_tags,
    "cluster: Auto Mode": other_auto_mode,
    "groups: labels and sizes": lambda eks: each_group(eks, lambda name: relabel(eks, name)),
    "groups: taints": lambda eks: each_group(eks, lambda name: taint(eks, name)),
    "groups: gone": lambda eks: each_group(eks, lambda name: eks.delete_nodegroup(**NAME, nodegroupName=name)),
    "groups: strange": strange_group,
    "addons: replicas": other_replicas,
    "addons: gone": lambda eks: [eks.delete_addon(**NAME, addonName=name) for name in eks.list_addons(**NAME)["addons"]],
    "addons: strange": strange_addon,
    "entries: rights": lambda eks: each_entry(eks, lambda principal: grant(eks, principal)),
    "entries: gone": lambda eks: each_entry(eks, lambda principal: eks.delete_access_entry(**NAME, principalArn=principal)),
    "entries: strange": strange_entry,
    "pods: roles": lambda eks: each_pod(eks, lambda found: repoint(eks, found)),
    "pods: gone": lambda eks: each_pod(eks, lambda found: eks.delete_pod_identity_association(**NAME, associationId=found["associationId"])),
    "pods: strange": strange_pod,
}
"""By the part of the declaration that mends it, and what is done."""
