"""Many of everything, made with boto3: a cluster with three of all that may be there three times, and the hosts of a batch."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from sandbox.aws.testing import ACCOUNT, REGION, Running

ROLE = f"arn:aws:iam::{ACCOUNT}:role"
SUBNETS = ["subnet-1", "subnet-2"]
OF = {"clusterName": "edge"}
IDC = {"idcInstanceArn": "arn:aws:sso:::instance/ssoins-1"}
POLICIES = ["AmazonEKSViewPolicy", "AmazonEKSEditPolicy", "AmazonEKSAdminPolicy"]
THREE = ("a", "b", "c")
BATCH = {"Key": "fleetops:activation", "Value": "batch"}


def clusters(eks: Any, *names: str) -> None:
    for name in names:
        network, access = {"subnetIds": SUBNETS}, {"authenticationMode": "API"}
        eks.create_cluster(name=name, version="1.35", roleArn=f"{ROLE}/eks", resourcesVpcConfig=network, accessConfig=access)
        eks.describe_cluster(name=name)


def whole_cluster(aws: Running) -> None:
    """Fill cluster edge. EKS takes one identity provider and lists them all the same: a second one is put beside it by hand."""
    eks = aws.client("eks")
    nodegroups(eks)
    entries(eks)
    capabilities(eks)
    updates(eks)
    the_rest(eks)
    insights(aws)
    providers = aws.world.region(ACCOUNT, REGION).nouns_of("edge", "identityproviderconfig")
    providers.put("more", {**(providers.get("corp") or {}), "identityProviderConfigName": "more"})


def nodegroups(eks: Any) -> None:
    for name in THREE:
        eks.create_nodegroup(**OF, nodegroupName=name, subnets=SUBNETS, nodeRole=f"{ROLE}/nodes")


def entries(eks: Any) -> None:
    for name in THREE:
        eks.create_access_entry(**OF, principalArn=f"{ROLE}/{name}")
        for policy in POLICIES:
            arn = f"arn:aws:eks::aws:cluster-access-policy/{policy}"
            eks.associate_access_policy(**OF, principalArn=f"{ROLE}/{name}", policyArn=arn, accessScope={"type": "cluster"})


def capabilities(eks: Any) -> None:
    for kind, more in (("ACK", {}), ("KRO", {}), ("ARGOCD", {"configuration": {"argoCd": {"awsIdc": IDC}}})):
        name = kind.lower()
        eks.create_capability(**OF, capabilityName=name, type=kind, roleArn=f"{ROLE}/{name}", deletePropagationPolicy="RETAIN", **more)


def updates(eks: Any) -> None:
    for number in range(4):
        eks.update_cluster_config(name="edge", zonalShiftConfig={"enabled": number % 2 == 0})


def the_rest(eks: Any) -> None:
    for name in THREE:
        eks.create_fargate_profile(**OF, fargateProfileName=name, podExecutionRoleArn=f"{ROLE}/pods", subnets=SUBNETS, selectors=[{"namespace": name}])
        eks.create_pod_identity_association(**OF, namespace="web", serviceAccount=name, roleArn=f"{ROLE}/web")
    for name in ("eks-pod-identity-agent", "coredns", "kube-proxy"):
        eks.create_addon(**OF, addonName=name)
    eks.create_certificate_authority(**OF)
    eks.associate_identity_provider_config(**OF, oidc={"identityProviderConfigName": "corp", "issuerUrl": "https://corp.example.com", "clientId": "k"})
    eks.describe_cluster(name="edge")


def insights(aws: Running) -> None:
    insight = {"category": "UPGRADE_READINESS", "kubernetesVersion": "1.36", "insightStatus": {"status": "WARNING", "reason": "r"}}
    aws.insights("edge", [{"id": name, "name": name, **insight} for name in THREE])


def hosts(aws: Running) -> None:
    ssm = aws.client("ssm")
    for name in THREE:
        made = ssm.create_activation(IamRole="Nodes", DefaultInstanceName=name, Tags=[BATCH])
        key = {"ActivationId": made["ActivationId"], "ActivationCode": made["ActivationCode"]}
        agent(aws, "RegisterManagedInstance", **key, Fingerprint=name, PublicKey="k", PublicKeyType="Rsa")


def agent(aws: Running, operation: str, **body: Any) -> None:
    """Make a call of the SSM agent, which boto3 does not know; it is not signed."""
    sent = {"X-Amz-Target": f"AmazonSSM.{operation}", "Content-Type": "application/x-amz-json-1.1"}
    urllib.request.urlopen(urllib.request.Request(aws.url, json.dumps(body).encode(), sent)).close()
