"""Whatever is declared of a cluster, and whatever others did to it meanwhile: after a converge the cloud is as declared, the next one writes nothing,
and EKS refuses no call.

The outside changes are made with boto3, and the cloud is read with boto3, so that nothing of the modules vouches for itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from sandbox.aws.testing import Running, start
from tests.support.modules import call

ROLE = "arn:aws:iam::123456789012:role"
KEY = "AKIATEST"
SUBNETS = ["subnet-1", "subnet-2"]
NAME = {"clusterName": "edge"}
STRANGER = f"{ROLE}/stranger"
Declared = dict[str, Any]

TAGS = st.dictionaries(st.sampled_from(["Team", "aB", "kubernetes.io/x"]), st.sampled_from(["1", "2"]), max_size=2)
CLUSTER = st.fixed_dictionaries(
    {
        "endpoint_private_access": st.booleans(),
        "public_access_cidrs": st.sampled_from([["0.0.0.0/0"], ["203.0.113.0/24"], ["198.51.100.0/24", "203.0.113.0/24"]]),
        "logging": st.lists(st.sampled_from(["api", "audit", "scheduler"]), unique=True),
        "zonal_shift": st.booleans(),
        "remote_node_networks": st.sampled_from([[], ["192.168.16.0/20"], ["10.200.0.0/16"]]),
        "control_plane_scaling_tier": st.sampled_from(["standard", "tier-xl"]),
        "tags": TAGS,
    }
)
TAINTS = st.lists(
    st.fixed_dictionaries(
        {"key": st.sampled_from(["gpu", "batch"]), "value": st.sampled_from(["a", "b"]), "effect": st.sampled_from(["NO_SCHEDULE", "NO_EXECUTE"])}
    ),
    unique_by=lambda taint: (taint["key"], taint["effect"]),
    max_size=2,
)
SIZES = st.sampled_from([(0, 1, 0), (1, 3, 2), (2, 5, 5)]).map(lambda sizes: dict(zip(("min_size", "max_size", "desired_size"), sizes, strict=True)))
LABELS = st.dictionaries(st.sampled_from(["tier", "a.b/c"]), st.sampled_from(["x", "y"]))
GROUP = st.fixed_dictionaries({"labels": LABELS, "taints": TAINTS, "scaling_config": SIZES, "tags": TAGS})
POLICIES = st.dictionaries(
    st.sampled_from(["AmazonEKSViewPolicy", "AmazonEKSEditPolicy"]), st.lists(st.sampled_from(["a", "b"]), unique=True).map(sorted), max_size=2
)
ENTRY = st.fixed_dictionaries({"kubernetes_groups": st.lists(st.sampled_from(["ops", "dev"]), unique=True), "policies": POLICIES, "tags": TAGS})
POD = st.fixed_dictionaries({"role_arn": st.sampled_from([f"{ROLE}/web", f"{ROLE}/api"]), "tags": TAGS})
ADDON = st.fixed_dictionaries({"tags": TAGS})
COREDNS = st.fixed_dictionaries({"configuration_values": st.sampled_from([{}, {"replicaCount": 2}, {"replicaCount": 3}]), "tags": TAGS})
CNI = st.fixed_dictionaries({"pod_identity_associations": st.sampled_from([[], [{"service_account": "aws-node", "role_arn": f"{ROLE}/cni"}]]), "tags": TAGS})
DECLARATION = st.fixed_dictionaries(
    {
        "cluster": CLUSTER,
        "groups": st.dictionaries(st.sampled_from(["apps", "batch"]), GROUP),
        "addons": st.fixed_dictionaries({"eks-pod-identity-agent": ADDON}, optional={"coredns": COREDNS, "vpc-cni": CNI, "kube-proxy": ADDON}),
        "entries": st.dictionaries(st.sampled_from([f"{ROLE}/people", f"{ROLE}/robots"]), ENTRY),
        "pods": st.dictionaries(st.sampled_from([("apps", "web"), ("apps", "api")]), POD),
    }
)


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


OUTSIDE: dict[str, Callable[[Any], None]] = {
    "logs": other_logs,
    "zonal shift": other_zonal_shift,
    "tags": other_tags,
    "labels and sizes": lambda eks: each_group(eks, lambda name: relabel(eks, name)),
    "taints": lambda eks: each_group(eks, lambda name: taint(eks, name)),
    "groups gone": lambda eks: each_group(eks, lambda name: eks.delete_nodegroup(**NAME, nodegroupName=name)),
    "strange group": strange_group,
    "replicas": other_replicas,
    "add-ons gone": lambda eks: [eks.delete_addon(**NAME, addonName=name) for name in eks.list_addons(**NAME)["addons"]],
    "strange add-on": strange_addon,
    "rights": lambda eks: each_entry(eks, lambda principal: grant(eks, principal)),
    "entries gone": lambda eks: each_entry(eks, lambda principal: eks.delete_access_entry(**NAME, principalArn=principal)),
    "strange entry": strange_entry,
    "roles of pods": lambda eks: each_pod(eks, lambda found: repoint(eks, found)),
    "associations gone": lambda eks: each_pod(eks, lambda found: eks.delete_pod_identity_association(**NAME, associationId=found["associationId"])),
    "strange association": strange_pod,
}
"""What others do to a cluster."""


def scoped(policy: str, namespaces: list[str]) -> Declared:
    return {"policy": policy, **({"scope": "namespace", "namespaces": namespaces} if namespaces else {})}


def tasks(declared: Declared) -> list[tuple[str, Declared]]:
    base = {"name": "edge", "role_arn": f"{ROLE}/eks", "subnets": SUBNETS, "version": "1.35", "authentication_mode": "API", "remote_pod_networks": []}
    of = {"cluster_name": "edge"}
    entries = [
        {
            "principal_arn": principal,
            "kubernetes_groups": entry["kubernetes_groups"],
            "access_policies": [scoped(name, spaces) for name, spaces in entry["policies"].items()],
            "tags": entry["tags"],
        }
        for principal, entry in declared["entries"].items()
    ]
    pods = [{"namespace": space, "service_account": account, **pod} for (space, account), pod in declared["pods"].items()]
    groups = [{"name": name, "node_role": f"{ROLE}/nodes", "subnets": SUBNETS, **group} for name, group in declared["groups"].items()]
    addons = [{"name": name, "accept_degraded": True, **addon} for name, addon in declared["addons"].items()]
    return [
        ("eks_cluster", {**base, **declared["cluster"]}),
        ("eks_access_entries", {**of, "access_entries": entries, "purge_access_entries": True}),
        ("eks_pod_identity_associations", {**of, "pod_identity_associations": pods, "purge_pod_identity_associations": True}),
        ("eks_nodegroups", {**of, "nodegroups": groups, "purge_nodegroups": True}),
        ("eks_addons", {**of, "addons": addons, "purge_addons": True}),
    ]


def converge(aws: Running, declared: Declared) -> list[str]:
    """Converge, let EKS refuse nothing, and return what was written."""
    aws.clear_log()
    for module, params in tasks(declared):
        result = call(module, params, url=aws.url)
        assert not result.get("failed"), (module, result.get("msg"))
        left = [warning for warning in result.get("warnings", []) if "differs from the declaration" in warning]
        assert not left, (module, left)
    refused = [
        (each["operation"], each["code"]) for each in aws.log("eks") if each["code"] and not (each["code"] == "ResourceNotFoundException" and not each["write"])
    ]
    assert refused == []
    return [each["operation"] for each in aws.writes()]


def cloud(eks: Any) -> Declared:
    """Return the simulated cloud in the words of a declaration."""
    return {"cluster": cluster(eks), "groups": groups(eks), "addons": addons(eks), "entries": entries(eks), "pods": pods(eks)}


def cluster(eks: Any) -> Declared:
    found = eks.describe_cluster(name="edge")["cluster"]
    vpc, remote = found["resourcesVpcConfig"], found.get("remoteNetworkConfig") or {}
    return {
        "endpoint_private_access": vpc["endpointPrivateAccess"],
        "public_access_cidrs": sorted(vpc["publicAccessCidrs"]),
        "logging": sorted(kind for setup in found["logging"]["clusterLogging"] if setup["enabled"] for kind in setup["types"]),
        "zonal_shift": found["zonalShiftConfig"]["enabled"],
        "remote_node_networks": [cidr for network in remote.get("remoteNodeNetworks") or [] for cidr in network["cidrs"]],
        "control_plane_scaling_tier": found["controlPlaneScalingConfig"]["tier"],
        "tags": found["tags"],
    }


def groups(eks: Any) -> Declared:
    found = [eks.describe_nodegroup(**NAME, nodegroupName=name)["nodegroup"] for name in eks.list_nodegroups(**NAME)["nodegroups"]]
    return {
        group["nodegroupName"]: {
            "labels": group["labels"],
            "taints": ordered(group["taints"]),
            "scaling_config": {
                name: group["scalingConfig"][member] for name, member in (("min_size", "minSize"), ("max_size", "maxSize"), ("desired_size", "desiredSize"))
            },
            "tags": group["tags"],
        }
        for group in found
    }


def addons(eks: Any) -> Declared:
    found = [eks.describe_addon(**NAME, addonName=name)["addon"] for name in eks.list_addons(**NAME)["addons"]]
    return {addon["addonName"]: addon_of(eks, addon) for addon in found}


def addon_of(eks: Any, addon: Declared) -> Declared:
    owned = [
        eks.describe_pod_identity_association(**NAME, associationId=arn.rpartition("/")[2])["association"] for arn in addon.get("podIdentityAssociations") or []
    ]
    values = addon.get("configurationValues")
    more: dict[str, Declared] = {
        "coredns": {"configuration_values": json.loads(values) if values else {}},
        "vpc-cni": {"pod_identity_associations": [{"service_account": each["serviceAccount"], "role_arn": each["roleArn"]} for each in owned]},
    }
    return {"tags": addon["tags"], **more.get(addon["addonName"], {})}


def entries(eks: Any) -> Declared:
    principals = [name for name in eks.list_access_entries(**NAME)["accessEntries"] if name.endswith(("/people", "/robots", "/stranger"))]
    return {principal: entry(eks, principal) for principal in principals}


def entry(eks: Any, principal: str) -> Declared:
    found = eks.describe_access_entry(**NAME, principalArn=principal)["accessEntry"]
    granted = eks.list_associated_access_policies(**NAME, principalArn=principal)["associatedAccessPolicies"]
    policies = {policy["policyArn"].rpartition("/")[2]: sorted(policy["accessScope"].get("namespaces") or []) for policy in granted}
    return {"kubernetes_groups": sorted(found["kubernetesGroups"]), "policies": policies, "tags": found["tags"]}


def pods(eks: Any) -> Declared:
    listed = [each for each in eks.list_pod_identity_associations(**NAME)["associations"] if not each.get("ownerArn")]
    found = [eks.describe_pod_identity_association(**NAME, associationId=each["associationId"])["association"] for each in listed]
    return {(each["namespace"], each["serviceAccount"]): {"role_arn": each["roleArn"], "tags": each["tags"]} for each in found}


def ordered(taints: list[Declared]) -> list[Declared]:
    return sorted(taints, key=lambda each: (each["key"], each["effect"]))


def normal(declared: Declared) -> Declared:
    """Return a declaration in the order in which cloud() tells."""
    lists = {"public_access_cidrs": sorted(declared["cluster"]["public_access_cidrs"]), "logging": sorted(declared["cluster"]["logging"])}
    return {
        **declared,
        "cluster": {**declared["cluster"], **lists},
        "groups": {name: {**group, "taints": ordered(group["taints"])} for name, group in declared["groups"].items()},
        "entries": {name: {**each, "kubernetes_groups": sorted(each["kubernetes_groups"])} for name, each in declared["entries"].items()},
    }


@pytest.fixture(scope="module")
def aws() -> Iterator[Running]:
    with start(delay=0) as running:
        yield running


@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(rounds=st.lists(st.tuples(st.lists(st.sampled_from(sorted(OUTSIDE)), unique=True, max_size=5), DECLARATION), min_size=2, max_size=2))
def test_after_a_converge_the_cloud_is_as_declared_and_the_next_writes_nothing(aws: Running, rounds: list[tuple[list[str], Declared]]) -> None:
    aws.reset()
    eks = aws.client("eks", access_key=KEY)
    for number, (others, declared) in enumerate(rounds):
        for change in others if number else []:
            event(change)
            OUTSIDE[change](eks)
        converge(aws, declared)
        assert cloud(eks) == normal(declared)
        assert converge(aws, declared) == []


FULL: Declared = {
    "cluster": {
        "endpoint_private_access": True,
        "public_access_cidrs": ["203.0.113.0/24"],
        "logging": ["api"],
        "zonal_shift": True,
        "remote_node_networks": ["192.168.16.0/20"],
        "control_plane_scaling_tier": "tier-xl",
        "tags": {"Team": "ours"},
    },
    "groups": {"apps": {"labels": {"tier": "x"}, "taints": [], "scaling_config": {"min_size": 1, "max_size": 2, "desired_size": 1}, "tags": {}}},
    "addons": {"eks-pod-identity-agent": {"tags": {}}, "coredns": {"configuration_values": {"replicaCount": 2}, "tags": {}}},
    "entries": {f"{ROLE}/people": {"kubernetes_groups": ["ops"], "policies": {"AmazonEKSViewPolicy": ["a"]}, "tags": {}}},
    "pods": {("apps", "web"): {"role_arn": f"{ROLE}/web", "tags": {}}},
}


def test_what_others_do_shows_in_the_cloud_and_is_undone(aws: Running) -> None:
    """Each outside change by itself: a change that changed nothing would let the property hold for nothing."""
    aws.reset()
    eks = aws.client("eks", access_key=KEY)
    converge(aws, FULL)
    for name, change in OUTSIDE.items():
        change(eks)
        assert cloud(eks) != normal(FULL), name
        assert converge(aws, FULL), name
        assert cloud(eks) == normal(FULL), name
