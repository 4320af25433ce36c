"""Clusters: creation and its defaults, description, deletion, tags (peers.md 3.1, 3.2, 5.4)."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography import x509

from sandbox.aws.testing import OTHER_ACCESS_KEY

SUBNETS = {"subnetIds": ["subnet-1", "subnet-2"]}
ROLE = "arn:aws:iam::111122223333:role/cluster"


def test_a_new_cluster_is_creating_then_active(aws: Any, eks: Any) -> None:
    aws.settings(delay=60)
    made = eks.create_cluster(name="edge", roleArn=ROLE, resourcesVpcConfig=SUBNETS)["cluster"]
    assert made["status"] == "CREATING"
    assert "endpoint" not in made
    aws.clock(61)
    assert eks.describe_cluster(name="edge")["cluster"]["status"] == "ACTIVE"


def test_defaults_of_the_service_are_filled_in(eks: Any) -> None:
    eks.create_cluster(name="edge", roleArn=ROLE, resourcesVpcConfig=SUBNETS)
    found = eks.describe_cluster(name="edge")["cluster"]
    assert found["version"] == "1.35"
    assert found["accessConfig"]["authenticationMode"] == "CONFIG_MAP"
    assert found["upgradePolicy"] == {"supportType": "EXTENDED"}
    assert found["resourcesVpcConfig"] | {"vpcId": "", "clusterSecurityGroupId": ""} == {
        "subnetIds": ["subnet-1", "subnet-2"],
        "securityGroupIds": [],
        "clusterSecurityGroupId": "",
        "vpcId": "",
        "endpointPublicAccess": True,
        "endpointPrivateAccess": False,
        "publicAccessCidrs": ["0.0.0.0/0"],
        "controlPlaneEgressMode": "AWS_MANAGED",
    }
    assert found["kubernetesNetworkConfig"] == {"serviceIpv4Cidr": "10.100.0.0/16", "ipFamily": "ipv4", "elasticLoadBalancing": {"enabled": False}}
    assert found["deletionProtection"] is False
    assert found["arn"] == "arn:aws:eks:us-east-1:111122223333:cluster/edge"


def test_the_service_fills_in_endpoint_issuer_and_certificate(cluster: dict[str, Any]) -> None:
    unique = cluster["identity"]["oidc"]["issuer"].rpartition("/")[2]
    assert cluster["endpoint"] == f"https://{unique}.gr7.us-east-1.eks.amazonaws.com"
    assert len(unique) == 32
    certificate = x509.load_pem_x509_certificate(base64.b64decode(cluster["certificateAuthority"]["data"]))
    assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_vpc_and_service_range_come_from_ec2(aws: Any, new_cluster: Any) -> None:
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.20.{n}.0/24", AvailabilityZone=f"us-east-1{'ab'[n]}")["Subnet"]["SubnetId"] for n in (0, 1)]
    found = new_cluster(resourcesVpcConfig={"subnetIds": subnets})
    assert found["resourcesVpcConfig"]["vpcId"] == vpc
    assert found["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "172.20.0.0/16"


def test_subnets_must_span_two_zones(aws: Any, eks: Any, refused: Any) -> None:
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.20.{n}.0/24", AvailabilityZone="us-east-1a")["Subnet"]["SubnetId"] for n in (0, 1)]
    refusal = refused(eks.create_cluster, name="edge", roleArn=ROLE, resourcesVpcConfig={"subnetIds": subnets})
    assert refusal.message == "Subnets specified must be in at least two different AZs"


def test_unknown_cluster_is_not_found_in_the_services_words(eks: Any, refused: Any) -> None:
    refusal = refused(eks.describe_cluster, name="nowhere")
    assert (refusal.code, refusal.status, refusal.message) == ("ResourceNotFoundException", 404, "No cluster found for name: nowhere.")


def test_a_second_cluster_of_the_name_is_in_use(cluster: Any, eks: Any, refused: Any) -> None:
    refusal = refused(eks.create_cluster, name="edge", roleArn=ROLE, resourcesVpcConfig=SUBNETS)
    assert (refusal.code, refusal.status, refusal.message) == ("ResourceInUseException", 409, "Cluster already exists with name: edge")


def test_create_is_idempotent_by_client_request_token(eks: Any, refused: Any) -> None:
    request = {"name": "edge", "roleArn": ROLE, "resourcesVpcConfig": SUBNETS, "clientRequestToken": "once"}
    first = eks.create_cluster(**request)["cluster"]
    assert eks.create_cluster(**request)["cluster"]["createdAt"] == first["createdAt"]
    assert refused(eks.create_cluster, **{**request, "roleArn": ROLE + "2"}).code == "InvalidParameterException"


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"version": "1.99"}, "unsupported Kubernetes version"),
        ({"resourcesVpcConfig": {**SUBNETS, "endpointPublicAccess": False}}, "Private and public endpoint access cannot both be disabled"),
        ({"resourcesVpcConfig": {**SUBNETS, "publicAccessCidrs": ["10.0.0.0/8"]}}, "The following CIDRs are not allowed in publicAccessCidrs: [10.0.0.0/8]"),
        ({"resourcesVpcConfig": {**SUBNETS, "securityGroupIds": [f"sg-{n}" for n in range(6)]}}, "At most 5 security groups"),
        ({"kubernetesNetworkConfig": {"serviceIpv4Cidr": "8.8.0.0/16"}}, "serviceIpv4Cidr"),
        ({"kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.0.0.0/8"}}, "prefix between /12 and /24"),
        ({"tags": {"aws:x": "y"}}, "reserved prefix aws:"),
        ({"upgradePolicy": {"supportType": "SOMETIMES"}}, "Member must satisfy enum value set: [STANDARD, EXTENDED]"),
        ({"name": "-edge"}, "Member must satisfy regular expression pattern"),
    ],
)
def test_impossible_clusters_are_refused(eks: Any, refused: Any, more: dict[str, Any], text: str) -> None:
    refusal = refused(eks.create_cluster, **{"name": "edge", "roleArn": ROLE, "resourcesVpcConfig": SUBNETS, **more})
    assert refusal.code == "InvalidParameterException"
    assert text in refusal.message
    assert eks.list_clusters()["clusters"] == []


def test_public_access_cidrs_are_made_canonical(new_cluster: Any) -> None:
    found = new_cluster(resourcesVpcConfig={**SUBNETS, "publicAccessCidrs": ["203.0.113.77/24"]})
    assert found["resourcesVpcConfig"]["publicAccessCidrs"] == ["203.0.113.0/24"]


def test_remote_networks_are_kept_and_checked(new_cluster: Any, eks: Any, refused: Any) -> None:
    remote = {"remoteNodeNetworks": [{"cidrs": ["192.168.0.0/20"]}], "remotePodNetworks": [{"cidrs": ["192.168.64.0/20"]}]}
    assert new_cluster(remoteNetworkConfig=remote)["remoteNetworkConfig"] == remote
    for bad, text in (
        (["8.8.8.0/24"], "RFC-1918"),
        (["192.168.0.0/20", "192.168.1.0/24"], "overlaps"),
        (["10.100.3.0/24"], "overlaps with the service CIDR"),
    ):
        request = {"remoteNodeNetworks": [{"cidrs": bad}]}
        mode = {"authenticationMode": "API"}
        network = {"serviceIpv4Cidr": "10.100.0.0/16"}
        refusal = refused(
            eks.create_cluster,
            name="other",
            roleArn=ROLE,
            resourcesVpcConfig=SUBNETS,
            remoteNetworkConfig=request,
            accessConfig=mode,
            kubernetesNetworkConfig=network,
        )
        assert text in refusal.message


def test_remote_networks_need_an_api_authentication_mode(eks: Any, refused: Any) -> None:
    remote = {"remoteNodeNetworks": [{"cidrs": ["192.168.0.0/20"]}]}
    refusal = refused(eks.create_cluster, name="edge", roleArn=ROLE, resourcesVpcConfig=SUBNETS, remoteNetworkConfig=remote)
    assert refusal.message == "authenticationMode must be API or API_AND_CONFIG_MAP with remoteNetworkConfig"


AUTO = {
    "computeConfig": {"enabled": True, "nodePools": ["general-purpose"], "nodeRoleArn": "arn:aws:iam::111122223333:role/auto"},
    "kubernetesNetworkConfig": {"elasticLoadBalancing": {"enabled": True}},
    "storageConfig": {"blockStorage": {"enabled": True}},
    "bootstrapSelfManagedAddons": False,
}


def test_auto_mode_is_all_or_none_on_create(new_cluster: Any, eks: Any, refused: Any) -> None:
    assert new_cluster(**AUTO)["computeConfig"]["nodePools"] == ["general-purpose"]
    partial = {key: value for key, value in AUTO.items() if key != "storageConfig"}
    refusal = refused(eks.create_cluster, name="other", roleArn=ROLE, resourcesVpcConfig=SUBNETS, accessConfig={"authenticationMode": "API"}, **partial)
    assert "computeConfig, kubernetesNetworkConfig, and blockStorage are all either fully enabled or fully disabled" in refusal.message


def test_auto_mode_takes_no_self_managed_addons(eks: Any, refused: Any) -> None:
    request = {**AUTO, "bootstrapSelfManagedAddons": True, "accessConfig": {"authenticationMode": "API"}}
    assert "bootstrapSelfManagedAddons" in refused(eks.create_cluster, name="edge", roleArn=ROLE, resourcesVpcConfig=SUBNETS, **request).message


def test_delete_takes_its_time_then_the_cluster_is_gone(aws: Any, cluster: Any, eks: Any, refused: Any) -> None:
    aws.settings(delay=60)
    assert eks.delete_cluster(name="edge")["cluster"]["status"] == "DELETING"
    assert eks.describe_cluster(name="edge")["cluster"]["status"] == "DELETING"
    aws.clock(61)
    assert refused(eks.describe_cluster, name="edge").code == "ResourceNotFoundException"
    assert aws.export()["accounts"]["111122223333"]["us-east-1"]["clusters"] == {}


def test_delete_is_refused_with_nodegroups(cluster: Any, new_nodegroup: Any, eks: Any, refused: Any) -> None:
    new_nodegroup()
    refusal = refused(eks.delete_cluster, name="edge")
    assert (refusal.code, refusal.message) == ("ResourceInUseException", "Cluster has nodegroups attached")


def test_delete_is_refused_with_fargate_profiles(cluster: Any, eks: Any, refused: Any) -> None:
    eks.create_fargate_profile(clusterName="edge", fargateProfileName="f", podExecutionRoleArn=ROLE, selectors=[{"namespace": "default"}])
    assert refused(eks.delete_cluster, name="edge").message == "Cluster has Fargate profiles attached"


def test_delete_is_refused_during_an_update(aws: Any, cluster: Any, eks: Any, refused: Any) -> None:
    aws.settings(delay=60)
    eks.update_cluster_config(name="edge", zonalShiftConfig={"enabled": True})
    refusal = refused(eks.delete_cluster, name="edge")
    assert (refusal.code, refusal.status) == ("ResourceInUseException", 409)
    assert refusal.message == "Cannot delete because cluster edge currently has an update in progress"


def test_delete_is_refused_with_deletion_protection(new_cluster: Any, eks: Any, refused: Any) -> None:
    new_cluster(deletionProtection=True)
    assert refused(eks.delete_cluster, name="edge").code == "InvalidRequestException"
    eks.update_cluster_config(name="edge", deletionProtection=False)
    eks.describe_cluster(name="edge")
    assert eks.delete_cluster(name="edge")["cluster"]["status"] == "DELETING"


def test_list_clusters_is_paginated_above_a_page(new_cluster: Any, eks: Any) -> None:
    names = [f"edge-{number:03}" for number in range(105)]
    for name in names:
        eks.create_cluster(name=name, roleArn=ROLE, resourcesVpcConfig=SUBNETS)
    first = eks.list_clusters()
    assert len(first["clusters"]) == 100
    assert [name for page in eks.get_paginator("list_clusters").paginate() for name in page["clusters"]] == names
    assert [len(page["clusters"]) for page in eks.get_paginator("list_clusters").paginate(PaginationConfig={"PageSize": 50})] == [50, 50, 5]


def test_a_made_up_next_token_is_refused(eks: Any, refused: Any) -> None:
    assert refused(eks.list_clusters, nextToken="made-up").code == "InvalidParameterException"


def test_tags_are_synchronous_and_allowed_during_an_update(aws: Any, cluster: Any, eks: Any) -> None:
    aws.settings(delay=60)
    eks.update_cluster_config(name="edge", zonalShiftConfig={"enabled": True})
    eks.tag_resource(resourceArn=cluster["arn"], tags={"Name": "Edge", "aB": "c"})
    assert eks.describe_cluster(name="edge")["cluster"]["tags"] == {"Name": "Edge", "aB": "c"}
    eks.untag_resource(resourceArn=cluster["arn"], tagKeys=["aB"])
    assert eks.list_tags_for_resource(resourceArn=cluster["arn"])["tags"] == {"Name": "Edge"}


def test_tags_of_an_unknown_resource_are_not_found(eks: Any, refused: Any) -> None:
    refusal = refused(eks.list_tags_for_resource, resourceArn="arn:aws:eks:us-east-1:111122223333:cluster/nowhere")
    assert (refusal.code, refusal.status) == ("NotFoundException", 404)


def test_a_test_can_let_a_cluster_fail(aws: Any, eks: Any) -> None:
    aws.outcome("cluster", "FAILED", cluster="edge", issues=[{"code": "InsufficientFreeAddresses", "message": "no addresses", "resourceIds": ["subnet-1"]}])
    eks.create_cluster(name="edge", roleArn=ROLE, resourcesVpcConfig=SUBNETS)
    found = eks.describe_cluster(name="edge")["cluster"]
    assert (found["status"], found["health"]["issues"][0]["code"]) == ("FAILED", "InsufficientFreeAddresses")


def test_clusters_of_other_accounts_and_regions_are_apart(aws: Any, cluster: Any) -> None:
    assert aws.client("eks", access_key=OTHER_ACCESS_KEY).list_clusters()["clusters"] == []
    assert aws.client("eks", region="eu-central-1").list_clusters()["clusters"] == []


def test_strict_references_refuse_what_does_not_exist(aws: Any, eks: Any) -> None:
    aws.settings(strict_references=True)
    with pytest.raises(ClientError, match="subnet-1"):
        eks.create_cluster(name="edge", roleArn=ROLE, resourcesVpcConfig=SUBNETS)


def test_a_young_role_is_unknown_to_eks(aws: Any, eks: Any, refused: Any) -> None:
    aws.settings(iam_propagation=10)
    role = aws.client("iam").create_role(RoleName="cluster", AssumeRolePolicyDocument='{"Version":"2012-10-17","Statement":[]}')["Role"]["Arn"]
    refusal = refused(eks.create_cluster, name="edge", roleArn=role, resourcesVpcConfig=SUBNETS)
    assert refusal.code == "InvalidParameterException"
    assert refusal.message.startswith(f"Role with arn: {role}, could not be assumed because it does not exist")
    aws.clock(11)
    assert eks.create_cluster(name="edge", roleArn=role, resourcesVpcConfig=SUBNETS)["cluster"]["status"] == "CREATING"


def test_reads_may_answer_the_past(aws: Any, cluster: Any, eks: Any, refused: Any) -> None:
    aws.settings(consistency=30)
    eks.tag_resource(resourceArn=cluster["arn"], tags={"a": "b"})
    eks.create_cluster(name="new", roleArn=ROLE, resourcesVpcConfig=SUBNETS)
    assert eks.describe_cluster(name="edge")["cluster"]["tags"] == {}
    assert eks.list_clusters()["clusters"] == ["edge"]
    assert refused(eks.describe_cluster, name="new").code == "ResourceNotFoundException"
    aws.clock(31)
    assert eks.describe_cluster(name="edge")["cluster"]["tags"] == {"a": "b"}
    assert eks.list_clusters()["clusters"] == ["edge", "new"]


def test_connected_clusters_are_listed_only_when_asked_for(cluster: Any, eks: Any) -> None:
    made = eks.register_cluster(name="far", connectorConfig={"roleArn": ROLE, "provider": "OTHER"})["cluster"]
    assert made["status"] == "PENDING"
    assert made["connectorConfig"]["activationId"]
    assert eks.list_clusters()["clusters"] == ["edge"]
    assert eks.list_clusters(include=["all"])["clusters"] == ["edge", "far"]
    assert eks.deregister_cluster(name="far")["cluster"]["status"] == "DELETING"
    assert eks.list_clusters(include=["all"])["clusters"] == ["edge"]
