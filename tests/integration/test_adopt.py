"""adopt.yml on clusters that boto3 made: what it writes declares them, so that a plan of site.yml finds nothing to do."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from sandbox.aws import testing
from sandbox.aws.testing import ACCOUNT, REGION, Running
from tests.support.modules import call

ROOT = pathlib.Path(__file__).resolve().parents[2]
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
POLICY = "arn:aws:eks::aws:cluster-access-policy/"
OVERRIDE = {
    "nodeMonitoringCondition": "AcceleratedHardwareReady",
    "nodeUnhealthyReason": "NvidiaXID64Error",
    "minRepairWaitTimeMins": 5,
    "repairAction": "Replace",
}
SESSION_POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/{{k}}"}]})
IDENTITY = {"aws_account_id", "aws_region", "eks_cluster_name"}
PLAIN = {
    *("eks_foundation_cluster_role", "eks_foundation_node_role", "eks_foundation_encryption", "eks_foundation_log_group", "eks_cluster_role_arn"),
    *("eks_cluster_version", "eks_cluster_service_ipv4_cidr", "eks_cluster_subnets", "eks_cluster_endpoint_public_access"),
    *("eks_cluster_endpoint_private_access", "eks_cluster_public_access_cidrs", "eks_cluster_authentication_mode", "eks_cluster_logging"),
    *("eks_cluster_support_type", "eks_cluster_tags", "eks_nodes_role_arn", "eks_nodes_groups"),
}
EVERYTHING = {
    *IDENTITY,
    *(PLAIN - {"eks_cluster_endpoint_private_access"}),
    *("eks_foundation_hybrid", "eks_foundation_hybrid_role_arn", "eks_cluster_security_groups", "eks_cluster_control_plane_egress_mode"),
    *("eks_cluster_remote_node_networks", "eks_cluster_remote_pod_networks", "eks_cluster_zonal_shift", "eks_cluster_deletion_protection"),
    *("eks_cluster_control_plane_scaling_tier", "eks_cluster_auto_mode", "eks_cluster_kube_api_server_config", "eks_cluster_kube_scheduler_config"),
    *("eks_cluster_kube_controller_manager_config", "eks_cluster_encryption_key_arn", "eks_access_entries", "eks_addons_list"),
    *("eks_addons_pod_identities", "eks_nodes_fargate_profiles"),
}
NODEGROUP = (
    *("name", "scaling_config", "ignore_desired_size", "capacity_type", "ami_type", "instance_types", "disk_size", "remote_access", "version"),
    *("release_version", "labels", "taints", "update_config", "node_repair_config", "warm_pool_config", "tags"),
)
PRINCIPALS = ["full-people", "full-selfmanaged", "ada", "sandbox"]


@pytest.fixture(scope="module")
def aws() -> Iterator[Running]:
    with testing.start(delay=0) as running:
        yield running


def role(aws: Running, name: str) -> str:
    made = aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    return str(made["Arn"])


def subnets(aws: Running) -> list[str]:
    return sorted(each["SubnetId"] for each in aws.client("ec2").describe_subnets()["Subnets"])


def full(aws: Running, name: str) -> None:
    """Make a cluster in which every setting that goes with the others is set."""
    eks, ec2 = aws.client("eks"), aws.client("ec2")
    vpc = ec2.describe_subnets()["Subnets"][0]["VpcId"]
    group = ec2.create_security_group(GroupName=f"{name}-extra", Description="extra", VpcId=vpc)["GroupId"]
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    eks.create_cluster(
        name=name,
        version="1.34",
        roleArn=role(aws, f"{name}-control"),
        resourcesVpcConfig={
            "subnetIds": subnets(aws)[:2],
            "securityGroupIds": [group],
            "endpointPublicAccess": True,
            "endpointPrivateAccess": True,
            "publicAccessCidrs": ["203.0.113.0/24", "198.51.100.7/32"],
            "controlPlaneEgressMode": "CUSTOMER_ROUTED",
        },
        kubernetesNetworkConfig={"serviceIpv4Cidr": "172.30.0.0/16", "ipFamily": "ipv4", "elasticLoadBalancing": {"enabled": True}},
        computeConfig={"enabled": True, "nodePools": ["general-purpose", "system"], "nodeRoleArn": role(aws, f"{name}-auto")},
        storageConfig={"blockStorage": {"enabled": True}},
        logging={"clusterLogging": [{"types": ["api", "scheduler", "controllerManager"], "enabled": True}]},
        encryptionConfig=[{"resources": ["secrets"], "provider": {"keyArn": key}}],
        accessConfig={"authenticationMode": "API_AND_CONFIG_MAP", "bootstrapClusterCreatorAdminPermissions": True},
        bootstrapSelfManagedAddons=False,
        upgradePolicy={"supportType": "EXTENDED"},
        zonalShiftConfig={"enabled": True},
        remoteNetworkConfig={"remoteNodeNetworks": [{"cidrs": ["10.200.0.0/16"]}], "remotePodNetworks": [{"cidrs": ["10.201.0.0/16"]}]},
        deletionProtection=True,
        controlPlaneScalingConfig={"tier": "tier-xl"},
        kubeApiServerConfig={"eventTtl": "30m", "serviceNodePortRange": {"minPort": 30000, "maxPort": 31000}},
        kubeSchedulerConfig={"nodeResourcesFit": {"scoringStrategy": {"type": "MostAllocated", "resources": [{"name": "cpu", "weight": 2}]}}},
        kubeControllerManagerConfig={"podGcControllerConfig": {"terminatedPodGcThreshold": 500}},
        tags={"Version": "1.30", "Switch": "yes", "Code": "007", "Template": "{{ not.one }}", "aws-like": "on", "Empty": "", "Straße": "ä #: x"},
    )
    nodes(aws, name)
    entries(aws, name)
    addons(aws, name)
    target = role(aws, f"{name}-target")
    eks.create_pod_identity_association(
        clusterName=name,
        namespace="shop",
        serviceAccount="cart",
        roleArn=role(aws, f"{name}-cart"),
        targetRoleArn=target,
        disableSessionTags=True,
        policy=SESSION_POLICY,
        tags={"n": "0x10"},
    )


def nodes(aws: Running, name: str) -> None:
    eks, ec2 = aws.client("eks"), aws.client("ec2")
    template = ec2.create_launch_template(LaunchTemplateName=f"{name}-lt", LaunchTemplateData={"InstanceType": "m6i.large"})["LaunchTemplate"]
    worker, other = role(aws, f"{name}-worker"), role(aws, f"{name}-other")
    common = {"clusterName": name, "subnets": subnets(aws)[:2], "nodeRole": worker}
    eks.create_nodegroup(
        **common,
        nodegroupName="whole",
        scalingConfig={"minSize": 1, "maxSize": 5, "desiredSize": 3},
        diskSize=77,
        instanceTypes=["m7g.large", "m6g.large"],
        amiType="AL2023_ARM_64_STANDARD",
        capacityType="ON_DEMAND",
        remoteAccess={"ec2SshKey": "ops"},
        labels={"pool": "1.10", "on": "true"},
        taints=[{"key": "dedicated", "value": "no", "effect": "NO_SCHEDULE"}, {"key": "bare", "effect": "NO_EXECUTE"}],
        updateConfig={"maxUnavailablePercentage": 25, "updateStrategy": "MINIMAL"},
        nodeRepairConfig={
            "enabled": True,
            "maxUnhealthyNodeThresholdCount": 3,
            "maxParallelNodesRepairedPercentage": 20,
            "nodeRepairConfigOverrides": [OVERRIDE],
        },
        warmPoolConfig={"enabled": True, "minSize": 1, "maxGroupPreparedCapacity": 4, "poolState": "STOPPED", "reuseOnScaleIn": True},
        tags={"Team": "0123"},
        version="1.33",
    )
    eks.create_nodegroup(**{**common, "nodegroupName": "templated", "launchTemplate": {"id": template["LaunchTemplateId"], "version": "1"}})
    eks.create_nodegroup(**{**common, "nodegroupName": "spot", "nodeRole": other, "subnets": subnets(aws)[1:3], "capacityType": "SPOT"})
    selectors = [{"namespace": "batch", "labels": {"run": "007"}}, {"namespace": "kube-system"}]
    execution = role(aws, f"{name}-fargate")
    eks.create_fargate_profile(
        fargateProfileName="batch", clusterName=name, podExecutionRoleArn=execution, subnets=subnets(aws)[:2], selectors=selectors, tags={"a": "b"}
    )


def entries(aws: Running, name: str) -> None:
    eks = aws.client("eks")
    people = role(aws, f"{name}-people")
    who = {"kubernetesGroups": ["viewers", "auditors"], "username": "people:{{SessionName}}", "tags": {"x": "null"}}
    eks.create_access_entry(clusterName=name, principalArn=people, **who)
    scope = {"type": "namespace", "namespaces": ["shop", "batch"]}
    eks.associate_access_policy(clusterName=name, principalArn=people, policyArn=f"{POLICY}AmazonEKSEditPolicy", accessScope=scope)
    eks.associate_access_policy(clusterName=name, principalArn=people, policyArn=f"{POLICY}AmazonEKSViewPolicy", accessScope={"type": "cluster"})
    eks.create_access_entry(clusterName=name, principalArn=f"arn:aws:iam::{ACCOUNT}:user/ada")
    eks.create_access_entry(clusterName=name, principalArn=role(aws, f"{name}-hosts"), type="HYBRID_LINUX", tags={"Site": "a"})
    eks.create_access_entry(clusterName=name, principalArn=role(aws, f"{name}-selfmanaged"), type="EC2_WINDOWS")


def addons(aws: Running, name: str) -> None:
    eks = aws.client("eks")
    cni = [{"serviceAccount": "aws-node", "roleArn": role(aws, f"{name}-cni")}]
    eks.create_addon(clusterName=name, addonName="eks-pod-identity-agent")
    eks.create_addon(clusterName=name, addonName="vpc-cni", podIdentityAssociations=cni, tags={"k": "1e3"})
    values = json.dumps({"replicaCount": 3, "nodeSelector": {"zone": "no"}, "podAnnotations": {"v": "1.20"}})
    eks.create_addon(clusterName=name, addonName="coredns", configurationValues=values, resolveConflicts="OVERWRITE")
    eks.create_addon(clusterName=name, addonName="aws-ebs-csi-driver", serviceAccountRoleArn=role(aws, f"{name}-ebs"))


def plain(aws: Running, name: str) -> None:
    """Make a cluster as eksctl leaves it: public, with CONFIG_MAP, one group, CloudFormation's tags."""
    eks = aws.client("eks")
    stack = {"aws:cloudformation:stack-name": f"eksctl-{name}-cluster", "alpha.eksctl.io/cluster-name": name}
    with_tags = {"tags": {key: value for key, value in stack.items() if not key.startswith("aws:")}}
    eks.create_cluster(name=name, roleArn=role(aws, f"eksctl-{name}-ServiceRole"), resourcesVpcConfig={"subnetIds": subnets(aws)[:2]}, **with_tags)
    worker = role(aws, f"eksctl-{name}-NodeInstanceRole")
    eks.create_nodegroup(clusterName=name, nodegroupName="ng-1", subnets=subnets(aws)[:2], nodeRole=worker, labels={"alpha.eksctl.io/nodegroup-name": "ng-1"})


def play(aws: Running, folder: pathlib.Path, playbook: str, *argv: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_"))}
    ours = {"HOME": str(folder), "ANSIBLE_HOME": str(folder / "ansible"), "ANSIBLE_FORCE_COLOR": "false", "ANSIBLE_LOCALHOST_WARNING": "false"}
    path = f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = ["ansible-playbook", playbook, "-i", str(folder / "mine"), *argv]
    return subprocess.run(command, cwd=ROOT, env={**kept, **aws.environment(), **ours, "PATH": path}, capture_output=True, text=True, check=False)


def adopt(aws: Running, folder: pathlib.Path, cluster: str, *argv: str) -> subprocess.CompletedProcess[str]:
    return play(aws, folder, "playbooks/adopt.yml", "-e", f"adopt_cluster={cluster}", "-e", f"adopt_region={REGION}", *argv)


def inventory(folder: pathlib.Path, **files: Any) -> pathlib.Path:
    """Make an inventory with no cluster; files are what its group_vars hold, by group."""
    (folder / "mine" / "group_vars").mkdir(parents=True)
    (folder / "mine" / "hosts.yml").write_text(yaml.safe_dump({"all": {"children": {"eks_clusters": {}, "production": {}}}}), encoding="utf-8")
    for group, variables in files.items():
        (folder / "mine" / "group_vars" / f"{group}.yml").write_text(yaml.safe_dump(variables), encoding="utf-8")
    return folder / "mine"


def plans_nothing(aws: Running, folder: pathlib.Path) -> str:
    """Run a plan of the fleet and return why it is not empty, if it is not."""
    aws.clear_log()
    done = play(aws, folder, "site.yml", "--check", "--diff", "-e", f"fleet_report_path={folder}/report.json")
    if done.returncode:
        return done.stdout[-6000:] + done.stderr[-2000:]
    changed = [line for line in done.stdout.rpartition("PLAY RECAP")[2].splitlines() if re.search(r"changed=[1-9]", line)]
    return "" if not changed and not aws.writes() and "none: everything is as declared" in done.stdout else done.stdout[-6000:]


class Reader(yaml.SafeLoader):
    """Reads a file of host_vars as Ansible does: what is marked !unsafe is text."""


Reader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def written(folder: pathlib.Path, host: str) -> dict[str, Any]:
    return yaml.load((folder / "mine" / "host_vars" / f"{host}.yml").read_text(encoding="utf-8"), Reader)


def test_a_cluster_that_uses_every_field_is_adopted_and_the_next_plan_is_empty(aws: Running, tmp_path: pathlib.Path) -> None:
    full(aws, "full")
    mine = inventory(tmp_path)
    aws.clear_log()
    shown = adopt(aws, tmp_path, "full", "--check", "--diff")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "+eks_cluster_deletion_protection: true" in shown.stdout
    assert not (mine / "host_vars").exists()
    assert not (mine / "adopted.yml").exists()

    done = adopt(aws, tmp_path, "full")
    assert done.returncode == 0, done.stdout + done.stderr
    assert aws.writes() == []
    found = written(tmp_path, "full")
    eks = aws.client("eks")
    assert found["eks_cluster_tags"] == eks.describe_cluster(name="full")["cluster"]["tags"]
    assert set(found) == EVERYTHING
    whole = next(group for group in found["eks_nodes_groups"] if group["name"] == "whole")
    assert set(whole) == set(NODEGROUP)
    assert whole["labels"] == {"pool": "1.10", "on": "true"}
    assert [entry["principal_arn"].rpartition("/")[2] for entry in found["eks_access_entries"]] == PRINCIPALS
    assert found["eks_foundation_hybrid_role_arn"].endswith("full-hosts")
    assert found["eks_addons_pod_identities"][0]["policy"] == SESSION_POLICY
    assert plans_nothing(aws, tmp_path) == ""


def test_a_cluster_as_eksctl_leaves_it_is_adopted_and_a_later_change_is_seen(aws: Running, tmp_path: pathlib.Path) -> None:
    plain(aws, "plain")
    inventory(tmp_path)
    done = adopt(aws, tmp_path, "plain", "-e", "adopt_groups=production")
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(written(tmp_path, "plain")) == {*PLAIN, *IDENTITY}
    assert plans_nothing(aws, tmp_path) == ""
    aws.client("eks").update_nodegroup_config(clusterName="plain", nodegroupName="ng-1", labels={"addOrUpdateLabels": {"by": "hand"}})
    assert "labels.by" in plans_nothing(aws, tmp_path)


def test_what_the_inventory_says_already_is_left_out_and_what_it_says_otherwise_is_written(aws: Running, tmp_path: pathlib.Path) -> None:
    plain(aws, "grouped")
    of_all = {
        "eks_cluster_endpoint_public_access": True,
        "eks_cluster_tags": {"Tier": "{{ fleet_tier }}"},
        "argocd_spoke_hub": "hub",
        "eks_cluster_logging": ["api"],
    }
    of_tier = {"fleet_tier": "x", "eks_cluster_zonal_shift": True, "eks_addons_list": [{"name": "coredns"}], "eks_cluster_service_ipv4_cidr": "10.9.0.0/16"}
    inventory(tmp_path, eks_clusters=of_all, production=of_tier)
    done = adopt(aws, tmp_path, "grouped", "-e", "adopt_groups=production", "-e", "adopt_host=mine-1")
    assert done.returncode == 0, done.stdout + done.stderr
    found = written(tmp_path, "mine-1")
    assert "eks_cluster_endpoint_public_access" not in found
    overridden = {"eks_cluster_zonal_shift": False, "eks_addons_list": [], "argocd_spoke_hub": "", "eks_cluster_logging": []}
    assert {name: found.get(name) for name in overridden} == overridden
    assert plans_nothing(aws, tmp_path) == ""
    refused = adopt(aws, tmp_path, "grouped", "-e", "adopt_host=mine-1")
    assert "mine-1.yml is there already. To see what would change add -e adopt_overwrite=yes" in refused.stdout
    again = adopt(aws, tmp_path, "grouped", "-e", "adopt_host=mine-1", "-e", "adopt_overwrite=yes")
    assert re.search(r"localhost +: ok=\d+ +changed=0 ", again.stdout), again.stdout


def test_an_argument_that_is_missing_is_named(aws: Running, tmp_path: pathlib.Path) -> None:
    inventory(tmp_path)
    done = play(aws, tmp_path, "playbooks/adopt.yml", "-e", "adopt_cluster=edge")
    assert done.returncode
    assert "missing required arguments: adopt_region" in done.stdout


def read(aws: Running, name: str) -> str:
    keys = {"access_key": testing.ACCESS_KEY, "secret_key": "secret"}
    return str(call("eks_cluster_declaration_info", {"name": name, **keys}, url=aws.url)["msg"])


def test_a_cluster_that_is_not_there_is_answered_with_those_that_are(aws: Running) -> None:
    plain(aws, "there")
    assert "There is no cluster edge in region us-east-1 of this account. There: " in read(aws, "edge")
    assert "there" in read(aws, "edge")


def test_a_cluster_in_the_making_is_refused(aws: Running) -> None:
    aws.settings(delay=3600)
    try:
        plain_cluster = {"roleArn": role(aws, "slow"), "resourcesVpcConfig": {"subnetIds": subnets(aws)[:2]}}
        aws.client("eks").create_cluster(name="slow", **plain_cluster)
        assert "Cluster slow is CREATING: what it is now is not what it will be. Wait until it is ACTIVE" in read(aws, "slow")
    finally:
        aws.settings(delay=0)


def test_a_connected_cluster_is_refused(aws: Running) -> None:
    connector = {"roleArn": role(aws, "connector"), "provider": "OTHER"}
    aws.client("eks").register_cluster(name="elsewhere", connectorConfig=connector)
    assert "Cluster elsewhere is a connected cluster, which EKS shows and does not run" in read(aws, "elsewhere")
