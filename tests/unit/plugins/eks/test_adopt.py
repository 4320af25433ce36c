"""A cluster that is there, as the variables that declare it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._eks.access_entry import EntryState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.addon_state import AddonState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.adopt import Observed, declaration, left_out, warnings
from ansible_collections.fleetops.eks.plugins.module_utils._eks.capability_values import CapabilityState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster_values import ClusterState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.identity_provider_values import ProviderState
from ansible_collections.fleetops.eks.plugins.module_utils._eks.nodegroup_state import NodegroupState
from ansible_collections.fleetops.eks.plugins.module_utils._iam import oidc

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/"
POLICY = "arn:aws:eks::aws:cluster-access-policy/"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def cluster(**more: Any) -> ClusterState:
    vpc = {"subnetIds": ["subnet-a", "subnet-b"], "endpointPublicAccess": False, "endpointPrivateAccess": True}
    whole = {"name": "edge", "arn": f"arn:aws:eks:eu-west-1:{ACCOUNT}:cluster/edge", "status": "ACTIVE", "roleArn": f"{ROLE}edge", "resourcesVpcConfig": vpc}
    found = ClusterState.from_api({**whole, **more})
    assert found is not None
    return found


def entry(name: str, kind: str = "STANDARD", policies: tuple[str, ...] = (), **more: Any) -> EntryState:
    answer = {"principalArn": name if name.startswith("arn:") else ROLE + name, "accessEntryArn": "arn", "type": kind, "createdAt": NOW, **more}
    return EntryState.from_api(answer, [{"policyArn": POLICY + policy, "accessScope": {"type": "cluster"}} for policy in policies])


def group(**more: Any) -> NodegroupState:
    whole = {"nodegroupName": "general", "nodegroupArn": "arn", "clusterName": "edge", "status": "ACTIVE", "subnets": ["subnet-b", "subnet-a"]}
    found = NodegroupState.from_api({**whole, "nodeRole": f"{ROLE}node", "scalingConfig": {"minSize": 1, "maxSize": 2, "desiredSize": 1}, **more})
    assert found is not None
    return found


def variables(observed: Observed, **baseline: Any) -> dict[str, Any]:
    return {name: value for block in declaration(observed, baseline).values() for name, value in block.items()}


def test_account_and_region_are_those_of_the_arn() -> None:
    found = variables(Observed(cluster()))
    assert (found["aws_account_id"], found["aws_region"], found["eks_cluster_name"]) == (ACCOUNT, "eu-west-1", "edge")


def test_what_is_eks_default_or_said_elsewhere_is_left_out() -> None:
    found = variables(Observed(cluster(tags={"a": "b"})), eks_cluster_tags={"a": "b"}, eks_cluster_subnets=["subnet-b", "subnet-a"])
    assert not [name for name in ("eks_cluster_tags", "eks_cluster_subnets", "eks_cluster_auto_mode", "eks_cluster_ip_family") if name in found]


@pytest.mark.parametrize(
    ("name", "inherited", "written"),
    [
        ("eks_cluster_security_groups", ["sg-1"], []),
        ("eks_cluster_tags", {"a": "b"}, {}),
        ("eks_cluster_zonal_shift", True, False),
        ("eks_cluster_auto_mode", {"enabled": True}, {"enabled": False}),
        ("eks_cluster_public_access_cidrs", ["203.0.113.0/24"], []),
        ("eks_foundation_pod_roles", [{"name": "x"}], []),
        ("eks_foundation_karpenter", True, False),
        ("eks_foundation_vpc_cidr", "10.0.0.0/16", ""),
        ("eks_foundation_vpc_private_subnets", ["10.0.0.0/24"], []),
        ("eks_foundation_vpc_nat", "single", "none"),
        ("eks_foundation_vpc_endpoints", True, False),
        ("eks_foundation_node_security_group", True, False),
        ("eks_foundation_tag_private_subnets", ["subnet-a"], []),
        ("eks_access_entries", [{"principal_arn": "x"}], []),
        ("argocd_spoke_hub", "hub", ""),
    ],
)
def test_what_is_said_elsewhere_and_is_not_so_is_written_as_it_is(name: str, inherited: Any, written: Any) -> None:
    assert variables(Observed(cluster()), **{name: inherited})[name] == written


@pytest.mark.parametrize(
    ("made", "declared"),
    [
        (entry("people", policies=("AmazonEKSViewPolicy",)), {"principal_arn": f"{ROLE}people", "access_policies": [{"policy": "AmazonEKSViewPolicy"}]}),
        (entry("people", username=f"arn:aws:sts::{ACCOUNT}:assumed-role/people/{{{{SessionName}}}}"), {"principal_arn": f"{ROLE}people"}),
        (entry("path/to/people", username=f"arn:aws:sts::{ACCOUNT}:assumed-role/people/{{{{SessionName}}}}"), {"principal_arn": f"{ROLE}path/to/people"}),
        (
            entry("self", "EC2_LINUX", username="system:node:{{EC2PrivateDNSName}}", kubernetesGroups=["system:nodes"]),
            {"principal_arn": f"{ROLE}self", "type": "EC2_LINUX"},
        ),
        (entry("node", "EC2_LINUX"), None),
        (entry(f"{ROLE}aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS"), None),
        (entry("argocd", policies=("AmazonEKSArgoCDPolicy",)), None),
        (entry("hosts", "HYBRID_LINUX"), None),
    ],
)
def test_entries_are_declared_but_for_those_that_services_made(made: EntryState, declared: dict[str, Any] | None) -> None:
    found = variables(Observed(cluster(), nodegroups=[group()], entries=[made])).get("eks_access_entries", [])
    assert found == ([] if declared is None else [declared])


def test_hosts_keep_the_role_that_they_have() -> None:
    networks = {"remoteNodeNetworks": [{"cidrs": ["10.9.0.0/16"]}]}
    found = variables(Observed(cluster(remoteNetworkConfig=networks), entries=[entry("hosts", "HYBRID_LINUX")]))
    assert (found["eks_foundation_hybrid"], found["eks_foundation_hybrid_role_arn"]) == (True, f"{ROLE}hosts")
    without = variables(Observed(cluster(remoteNetworkConfig=networks)), eks_foundation_hybrid=False)
    assert without["eks_foundation_hybrid"] is False, "the playbooks make a role and an entry where networks are declared"


@pytest.mark.parametrize(
    ("more", "shown", "hidden"),
    [
        ({"launchTemplate": {"id": "lt-1", "name": "x", "version": "3"}, "diskSize": 20}, {"launch_template": {"id": "lt-1", "version": "3"}}, ["disk_size"]),
        (
            {"amiType": "CUSTOM", "version": "1.34", "releaseVersion": "ami-1", "launchTemplate": {"id": "lt-1"}},
            {"ami_type": "CUSTOM"},
            ["version", "release_version"],
        ),
        ({"subnets": ["subnet-a"]}, {"subnets": ["subnet-a"]}, ["node_role"]),
        ({"updateConfig": {"maxUnavailable": 1}, "warmPoolConfig": {"enabled": False}}, {"tags": {}}, ["update_config", "warm_pool_config", "subnets"]),
        ({"tags": {"aws:autoscaling": "x", "b": "1"}}, {"tags": {"b": "1"}}, []),
    ],
)
def test_a_node_group_is_declared_as_eks_takes_it(more: dict[str, Any], shown: dict[str, Any], hidden: list[str]) -> None:
    (found,) = variables(Observed(cluster(), nodegroups=[group(**more)]))["eks_nodes_groups"]
    assert {name: found.get(name) for name in shown} == shown
    assert not set(hidden) & found.keys()


def test_the_role_that_most_node_groups_have_is_named_once() -> None:
    groups = [group(nodegroupName="a"), group(nodegroupName="b", nodeRole=f"{ROLE}other"), group(nodegroupName="c")]
    found = variables(Observed(cluster(), nodegroups=groups))
    assert found["eks_nodes_role_arn"] == f"{ROLE}node"
    assert [each.get("node_role") for each in found["eks_nodes_groups"]] == [None, f"{ROLE}other", None]


def test_a_cluster_on_an_outpost_keeps_what_it_was_made_with() -> None:
    outpost = {"outpostArns": ["arn:o"], "controlPlaneInstanceType": "m5.large", "controlPlanePlacement": {"groupName": "g", "spreadLevel": "host"}}
    found = variables(Observed(cluster(outpostConfig=outpost)))["eks_cluster_outpost_config"]
    assert found == {
        "outpost_arns": ["arn:o"],
        "control_plane_instance_type": "m5.large",
        "control_plane_placement": {"group_name": "g", "spread_level": "host"},
    }


def capability(kind: str = "ARGOCD", **more: Any) -> CapabilityState:
    whole = {"capabilityName": kind.lower(), "arn": "arn", "clusterName": "edge", "type": kind, "roleArn": f"{ROLE}capable", "status": "ACTIVE"}
    found = CapabilityState.from_api({**whole, "deletePropagationPolicy": "RETAIN", **more})
    assert found is not None
    return found


def provider(**more: Any) -> ProviderState:
    whole = {"identityProviderConfigName": "corp", "identityProviderConfigArn": "arn", "status": "ACTIVE", "issuerUrl": "https://id", "clientId": "kube"}
    found = ProviderState.from_api({**whole, **more})
    assert found is not None
    return found


def trust(**tags: str) -> oidc.ProviderState:
    return oidc.ProviderState(f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A", ["sts.amazonaws.com"], ["9" * 40], tags, {})


def test_a_capability_is_declared_without_what_aws_made_of_it() -> None:
    idc = {"idcInstanceArn": "arn:aws:sso:::instance/x", "idcRegion": "eu-west-1", "idcManagedApplicationArn": "arn:made"}
    argo = {"namespace": "argocd", "awsIdc": idc, "serverUrl": "https://made", "rbacRoleMappings": []}
    (found,) = variables(Observed(cluster(), capabilities=[capability(configuration={"argoCd": argo}, tags={"aws:x": "y"})]))["eks_cluster_capabilities"]
    assert found["configuration"]["argo_cd"] == {
        "namespace": "argocd",
        "aws_idc": {"idc_instance_arn": "arn:aws:sso:::instance/x", "idc_region": "eu-west-1"},
        "rbac_role_mappings": [],
    }
    assert (found["type"], found["role_arn"], found["delete_propagation_policy"], found["tags"]) == ("ARGOCD", f"{ROLE}capable", "RETAIN", {})


def test_a_capability_without_settings_has_no_configuration() -> None:
    (found,) = variables(Observed(cluster(), capabilities=[capability("KRO")]))["eks_cluster_capabilities"]
    assert "configuration" not in found


def test_an_identity_provider_is_declared_with_what_it_says_and_no_more() -> None:
    found = variables(Observed(cluster(), identity_providers=[provider(groupsPrefix="", requiredClaims={})]))["eks_cluster_identity_provider"]
    assert found == {"name": "corp", "issuer_url": "https://id", "client_id": "kube", "tags": {}}


def test_what_is_going_is_not_declared_and_the_inventory_s_is_taken_away() -> None:
    observed = Observed(cluster(), capabilities=[capability(status="DELETING")], identity_providers=[provider(status="DELETING")])
    inherited = {"eks_cluster_capabilities": [{"name": "x"}], "eks_cluster_identity_provider": {"name": "x"}}
    found = variables(observed, **inherited)
    assert (found["eks_cluster_capabilities"], found["eks_cluster_identity_provider"]) == ([], {})
    assert [text.split(" is ")[0] for text in warnings(observed)] == ["The capability argocd", "The identity provider corp"]


@pytest.mark.parametrize(
    ("there", "known", "tags", "inherited", "irsa", "why"),
    [
        (None, True, {}, {}, False, "does not trust the issuer"),
        (trust(), True, {}, {}, True, None),
        (trust(a="b"), True, {}, {}, True, None),
        (trust(a="b"), True, {"a": "b"}, {}, True, None),
        (trust(a="b"), True, {"a": "c"}, {}, False, "with other tags"),
        (trust(a="b"), True, {}, {"eks_cluster_tags": {}}, False, "with other tags"),
        (None, False, {}, {}, False, "may not read"),
    ],
)
def test_the_issuer_s_trust_is_declared_where_a_run_would_leave_it_as_it_is(
    there: oidc.ProviderState | None, known: bool, tags: dict[str, str], inherited: dict[str, Any], irsa: bool, why: str | None
) -> None:
    issuer = {"identity": {"oidc": {"issuer": "https://oidc.eks.eu-west-1.amazonaws.com/id/A"}}}
    observed = Observed(cluster(tags=tags, **issuer), trust=there, trust_is_known=known)
    assert variables(observed, **inherited)["eks_cluster_irsa"] is irsa
    reasons = [each["why"] for each in left_out(observed, inherited) if each["what"] == "OIDC provider at IAM"]
    assert [why in reason for reason in reasons] == ([] if why is None else [True])


def test_what_is_left_out_is_named_with_its_reason() -> None:
    entries = [entry("own", "EC2_LINUX"), entry("node", "EC2_LINUX"), entry("people")]
    made = cluster(encryptionConfig=[{"provider": {"keyArn": "arn:key"}}], accessConfig={"authenticationMode": "API"})
    observed = Observed(made, nodegroups=[group()], entries=entries, authorities=[{"id": "ca-1"}])
    found = {each["what"]: each["names"] for each in left_out(observed, {})}
    assert found == {
        "certificate authorities": ["ca-1"],
        "self-managed nodes": [f"{ROLE}own"],
        "access entries of services": [f"{ROLE}node"],
        "self-managed add-ons": ["vpc-cni", "kube-proxy", "coredns"],
        "IAM roles and KMS key": [f"{ROLE}edge", "arn:key"],
    }
    assert all(len(each["why"]) > 20 for each in left_out(observed, {}))


def test_a_rotation_under_way_is_told_and_one_that_is_over_is_not() -> None:
    signing = {"id": "ca-1", "signingStatus": "IN_USE", "distributionStatus": "COMPLETE"}
    successor = {"id": "ca-2", "signingStatus": "NOT_IN_USE", "distributionStatus": "IN_PROGRESS"}
    (told,) = warnings(Observed(cluster(), authorities=[signing, successor]))
    assert "under way: ca-1 (signing IN_USE, distribution COMPLETE), ca-2 (signing NOT_IN_USE, distribution IN_PROGRESS)" in told
    assert warnings(Observed(cluster(), authorities=[signing])) == []


def test_what_is_on_its_way_out_is_left_out_and_what_is_not_well_is_said() -> None:
    addon = AddonState.from_api({"addonName": "coredns", "addonArn": "arn", "status": "DEGRADED", "addonVersion": "v1"})
    observed = Observed(cluster(tags={"aws:cloudformation:stack-name": "x"}), nodegroups=[group(status="DELETING")], addons=[addon])
    assert "eks_nodes_groups" not in variables(observed)
    assert [text.split(":")[0].split(" is ")[0] for text in warnings(observed)][:2] == ["The node group general", "The add-on coredns"]
    assert "CloudFormation" in warnings(observed)[2]


@pytest.mark.parametrize(
    ("more", "message"),
    [({"status": "UPDATING"}, "is UPDATING"), ({"status": "FAILED"}, "is FAILED"), ({"connectorConfig": {"provider": "GKE"}}, "is a connected cluster")],
)
def test_a_cluster_that_cannot_be_declared_is_refused(more: dict[str, Any], message: str) -> None:
    with pytest.raises(Refusal, match=message):
        declaration(Observed(cluster(**more)), {})
