"""Clusters that other tools than this collection made, for what adopts them: with everything that can be said of one, and as eksctl and others leave them."""

from __future__ import annotations

import json

from sandbox.aws.testing import ACCOUNT, REGION, Running

TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
POLICY = "arn:aws:eks::aws:cluster-access-policy/"
OVERRIDE = {
    "nodeMonitoringCondition": "AcceleratedHardwareReady",
    "nodeUnhealthyReason": "NvidiaXID64Error",
    "minRepairWaitTimeMins": 5,
    "repairAction": "Replace",
}
SESSION_POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/{{k}}"}]})


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
        kubernetesNetworkConfig={
            "serviceIpv4Cidr": "172.30.0.0/16",
            "ipFamily": "ipv4",
            "elasticLoadBalancing": {"enabled": True, "gatewayApi": {"crds": {"managed": True}}},
        },
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
        kubeControllerManagerConfig={
            "podGcControllerConfig": {"terminatedPodGcThreshold": 500},
            "horizontalPodAutoscalerControllerConfig": {"horizontalPodAutoscalerSyncPeriod": "20s"},
        },
        tags={"Version": "1.30", "Switch": "yes", "Code": "007", "Template": "{{ not.one }}", "aws-like": "on", "Empty": "", "Straße": "ä #: x"},
    )
    nodes(aws, name)
    entries(aws, name)
    addons(aws, name)
    around(aws, name)
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
    vpc = ec2.describe_subnets()["Subnets"][0]["VpcId"]
    bastion = ec2.create_security_group(GroupName=f"{name}-bastion", Description="bastion", VpcId=vpc)["GroupId"]
    common = {"clusterName": name, "subnets": subnets(aws)[:2], "nodeRole": worker}
    eks.create_nodegroup(
        **common,
        nodegroupName="whole",
        scalingConfig={"minSize": 1, "maxSize": 5, "desiredSize": 3},
        diskSize=77,
        instanceTypes=["m7g.large", "m6g.large"],
        amiType="AL2023_ARM_64_STANDARD",
        capacityType="ON_DEMAND",
        remoteAccess={"ec2SshKey": "ops", "sourceSecurityGroups": [bastion]},
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
    other_ways = {
        "updateConfig": {"maxUnavailable": 2},
        "nodeRepairConfig": {"enabled": True, "maxUnhealthyNodeThresholdPercentage": 30, "maxParallelNodesRepairedCount": 2},
    }
    eks.create_nodegroup(**{**common, "nodegroupName": "spot", "nodeRole": other, "subnets": subnets(aws)[1:3], "capacityType": "SPOT", **other_ways})
    selectors = [{"namespace": "batch", "labels": {"run": "007"}}, {"namespace": "kube-system"}]
    execution = role(aws, f"{name}-fargate")
    eks.create_fargate_profile(
        fargateProfileName="batch", clusterName=name, podExecutionRoleArn=execution, subnets=subnets(aws)[:2], selectors=selectors, tags={"a": "b"}
    )
    elsewhere = {"podExecutionRoleArn": role(aws, f"{name}-fargate-2"), "subnets": subnets(aws)[1:3], "selectors": [{"namespace": "reports"}]}
    eks.create_fargate_profile(fargateProfileName="reports", clusterName=name, **elsewhere)
    eks.create_fargate_profile(
        fargateProfileName="web", clusterName=name, podExecutionRoleArn=execution, subnets=subnets(aws)[:2], selectors=[{"namespace": "web"}]
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
    eks.create_addon(clusterName=name, addonName="metrics-server", namespaceConfig={"namespace": "metrics"})
    eks.create_addon(clusterName=name, addonName="aws-ebs-csi-driver", serviceAccountRoleArn=role(aws, f"{name}-ebs"))


def around(aws: Running, name: str) -> None:
    """An identity provider, two capabilities, a second certificate authority, each with everything that can be said of it."""
    eks, capable = aws.client("eks"), role(aws, f"{name}-capabilities")
    eks.associate_identity_provider_config(
        clusterName=name,
        oidc={
            "identityProviderConfigName": "corp",
            "issuerUrl": "https://login.example.com",
            "clientId": "kubernetes",
            "usernameClaim": "email",
            "usernamePrefix": "corp:",
            "groupsClaim": "groups",
            "groupsPrefix": "corp-",
            "requiredClaims": {"aud": "007"},
        },
        tags={"On": "no"},
    )
    eks.describe_identity_provider_config(clusterName=name, identityProviderConfig={"type": "oidc", "name": "corp"})
    argo = {
        "namespace": "gitops",
        "awsIdc": {"idcInstanceArn": "arn:aws:sso:::instance/ssoins-1", "idcRegion": REGION},
        "rbacRoleMappings": [{"role": "ADMIN", "identities": [{"id": "ann", "type": "SSO_USER"}, {"id": "ops", "type": "SSO_GROUP"}]}],
        "networkAccess": {"vpceIds": ["vpce-0a1b2c3d4e5f60718"]},
        "endpointPrefix": "fleet",
    }
    ack = {"enableCrossNamespace": True, "disabledServices": ["s3"]}
    for kind, configuration in (("ARGOCD", {"argoCd": argo}), ("ACK", {"ack": ack})):
        made = {"capabilityName": kind.lower(), "type": kind, "roleArn": capable, "deletePropagationPolicy": "RETAIN", "tags": {"Kind": kind}}
        eks.create_capability(clusterName=name, configuration=configuration, **made)
        eks.describe_capability(clusterName=name, capabilityName=kind.lower())
    eks.create_certificate_authority(clusterName=name)


def issuer_trust(aws: Running, name: str, tags: dict[str, str]) -> None:
    """IAM trusts the issuer of a cluster, by a provider with tags."""
    url = aws.client("eks").describe_cluster(name=name)["cluster"]["identity"]["oidc"]["issuer"]
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    aws.client("iam").create_open_id_connect_provider(Url=url, ClientIDList=["sts.amazonaws.com"], ThumbprintList=["9" * 40], Tags=pairs)


def plain(aws: Running, name: str) -> None:
    """Make a cluster with next to nothing said."""
    aws.client("eks").create_cluster(name=name, roleArn=role(aws, f"{name}-ServiceRole"), resourcesVpcConfig={"subnetIds": subnets(aws)[:2]})


def by_eksctl(aws: Running, name: str) -> None:
    """Make a cluster as eksctl did before it had access entries: CONFIG_MAP, add-ons of the cluster's own, IRSA, a launch template for the nodes."""
    eks, ec2 = aws.client("eks"), aws.client("ec2")
    mine = {"alpha.eksctl.io/cluster-name": name, "alpha.eksctl.io/eksctl-version": "0.210.0", "eksctl.cluster.k8s.io/v1alpha1/cluster-name": name}
    eks.create_cluster(
        name=name,
        version="1.33",
        roleArn=role(aws, f"eksctl-{name}-cluster-ServiceRole-0AbCdEf"),
        resourcesVpcConfig={"subnetIds": subnets(aws)[:2], "endpointPublicAccess": True, "endpointPrivateAccess": False},
        accessConfig={"authenticationMode": "CONFIG_MAP"},
        tags={**mine, "Name": f"eksctl-{name}-cluster/ControlPlane"},
    )
    issuer_trust(aws, name, {**mine, "alpha.eksctl.io/cluster-oidc-enabled": "true"})
    template = ec2.create_launch_template(
        LaunchTemplateName=f"eksctl-{name}-nodegroup-ng-1", LaunchTemplateData={"MetadataOptions": {"HttpTokens": "required"}}
    )
    eks.create_nodegroup(
        clusterName=name,
        nodegroupName="ng-1",
        subnets=subnets(aws)[:2],
        nodeRole=role(aws, f"eksctl-{name}-nodegroup-ng-1-NodeInstanceRole-0AbCdEf"),
        instanceTypes=["m5.large"],
        scalingConfig={"minSize": 2, "maxSize": 2, "desiredSize": 2},
        launchTemplate={"id": template["LaunchTemplate"]["LaunchTemplateId"], "version": "1"},
        labels={"alpha.eksctl.io/cluster-name": name, "alpha.eksctl.io/nodegroup-name": "ng-1"},
        tags={**mine, "alpha.eksctl.io/nodegroup-name": "ng-1", "alpha.eksctl.io/nodegroup-type": "managed"},
    )


def by_terraform(aws: Running, name: str) -> None:
    """Make a cluster as terraform-aws-eks does: both ways of access, its creator let in, a key, IRSA, add-ons before and after the nodes."""
    eks, ec2 = aws.client("eks"), aws.client("ec2")
    mine = {"Environment": "dev", "Terraform": "true", "terraform-aws-modules": "eks"}
    vpc = ec2.describe_subnets()["Subnets"][0]["VpcId"]
    group = ec2.create_security_group(GroupName=f"{name}-cluster-20260101", Description="EKS cluster security group", VpcId=vpc)["GroupId"]
    eks.create_cluster(
        name=name,
        roleArn=role(aws, f"{name}-cluster-20260101000000000000000001"),
        resourcesVpcConfig={
            "subnetIds": subnets(aws)[:3],
            "securityGroupIds": [group],
            "endpointPublicAccess": True,
            "endpointPrivateAccess": True,
            "publicAccessCidrs": ["0.0.0.0/0"],
        },
        logging={"clusterLogging": [{"types": ["api", "audit", "authenticator"], "enabled": True}]},
        encryptionConfig=[{"resources": ["secrets"], "provider": {"keyArn": aws.client("kms").create_key()["KeyMetadata"]["Arn"]}}],
        accessConfig={"authenticationMode": "API_AND_CONFIG_MAP", "bootstrapClusterCreatorAdminPermissions": False},
        bootstrapSelfManagedAddons=False,
        upgradePolicy={"supportType": "EXTENDED"},
        tags=mine,
    )
    issuer_trust(aws, name, {**mine, "Name": f"{name}-eks-irsa"})
    creator = role(aws, f"{name}-ci")
    eks.create_access_entry(clusterName=name, principalArn=creator, type="STANDARD", tags=mine)
    eks.associate_access_policy(clusterName=name, principalArn=creator, policyArn=f"{POLICY}AmazonEKSClusterAdminPolicy", accessScope={"type": "cluster"})
    cni = {"serviceAccountRoleArn": role(aws, f"{name}-vpc-cni-irsa"), "configurationValues": json.dumps({"env": {"ENABLE_PREFIX_DELEGATION": "true"}})}
    eks.create_addon(clusterName=name, addonName="vpc-cni", resolveConflicts="OVERWRITE", tags=mine, **cni)
    eks.create_addon(clusterName=name, addonName="eks-pod-identity-agent", tags=mine)
    data = {"MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1}, "TagSpecifications": []}
    template = ec2.create_launch_template(LaunchTemplateName="default-20260101000000000000000005", LaunchTemplateData=data)["LaunchTemplate"]
    eks.create_nodegroup(
        clusterName=name,
        nodegroupName="default-2026010100000000000000000f",
        subnets=subnets(aws)[1:3],
        nodeRole=role(aws, "default-eks-node-group-20260101000000000000000002"),
        amiType="AL2023_x86_64_STANDARD",
        capacityType="SPOT",
        instanceTypes=["m6i.large", "m5.large", "m5n.large"],
        scalingConfig={"minSize": 1, "maxSize": 3, "desiredSize": 1},
        launchTemplate={"id": template["LaunchTemplateId"], "version": "1"},
        updateConfig={"maxUnavailablePercentage": 33},
        tags={**mine, "Name": "default"},
    )
    for addon in ("coredns", "kube-proxy"):
        eks.create_addon(clusterName=name, addonName=addon, resolveConflicts="OVERWRITE", tags=mine)


def by_console(aws: Running, name: str) -> None:
    """Make a cluster as the console's quick configuration does: Auto Mode, API only, whoever clicked is an administrator, no node group."""
    eks = aws.client("eks")
    eks.create_cluster(
        name=name,
        roleArn=role(aws, "AmazonEKSAutoClusterRole"),
        resourcesVpcConfig={"subnetIds": subnets(aws)[:3], "endpointPublicAccess": True, "endpointPrivateAccess": True},
        kubernetesNetworkConfig={"ipFamily": "ipv4", "elasticLoadBalancing": {"enabled": True}},
        computeConfig={"enabled": True, "nodePools": ["general-purpose", "system"], "nodeRoleArn": role(aws, "AmazonEKSAutoNodeRole")},
        storageConfig={"blockStorage": {"enabled": True}},
        accessConfig={"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": True},
        bootstrapSelfManagedAddons=False,
        upgradePolicy={"supportType": "EXTENDED"},
        zonalShiftConfig={"enabled": True},
    )
    eks.create_addon(clusterName=name, addonName="metrics-server")


def on_an_outpost(aws: Running, name: str) -> None:
    """Make a local cluster, with everything that can be said of its place."""
    place = {
        "outpostArns": [f"arn:aws:outposts:{REGION}:{ACCOUNT}:outpost/op-0a1b2c3d4e5f60718"],
        "controlPlaneInstanceType": "m5.large",
        "controlPlanePlacement": {"groupName": "control", "spreadLevel": "host"},
        "etcdInstanceType": "m5.xlarge",
        "etcdPlacement": {"spreadLevel": "rack"},
    }
    network = {"subnetIds": subnets(aws)[:2], "endpointPublicAccess": False, "endpointPrivateAccess": True}
    aws.client("eks").create_cluster(name=name, roleArn=role(aws, f"{name}-local"), resourcesVpcConfig=network, outpostConfig=place)


def with_ipv6(aws: Running, name: str) -> None:
    """Make a cluster whose pods have IPv6 addresses, and whose issuer IAM trusts as role eks_cluster has it trust."""
    network = {"subnetIds": subnets(aws)[:2], "endpointPublicAccess": False, "endpointPrivateAccess": True}
    family, tags = {"ipFamily": "ipv6"}, {"Team": "network"}
    aws.client("eks").create_cluster(name=name, roleArn=role(aws, f"{name}-v6"), resourcesVpcConfig=network, kubernetesNetworkConfig=family, tags=tags)
    issuer_trust(aws, name, tags)


MAKERS = {"full": full, "by-eksctl": by_eksctl, "by-terraform": by_terraform, "by-console": by_console, "on-outpost": on_an_outpost, "with-ipv6": with_ipv6}
"""Clusters of every shape, by name."""
