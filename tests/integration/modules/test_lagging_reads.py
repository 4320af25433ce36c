"""Reads that show for a moment what was true before a write, and do not know yet of an update that a call has begun: nothing is refused, taken for failed
or left out of a result for that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.aws.testing import Running, start
from tests.support.model.names import KEY, NAME, ROLE, SUBNETS
from tests.support.simulated import Tasks

OF = {"cluster_name": "edge"}
GROUP: dict[str, Any] = {**OF, "name": "apps", "node_role": f"{ROLE}/nodes", "subnets": SUBNETS}


@pytest.fixture
def aws() -> Iterator[Running]:
    with start(delay=0) as running:
        eks = running.client("eks", access_key=KEY)
        network, access = {"subnetIds": SUBNETS}, {"authenticationMode": "API"}
        eks.create_cluster(name="edge", version="1.34", roleArn=f"{ROLE}/eks", resourcesVpcConfig=network, accessConfig=access)
        eks.describe_cluster(name="edge")
        yield running


def late(aws: Running, module: str, params: dict[str, Any], *, delay: float = 3) -> tuple[dict[str, Any], list[str]]:
    """Run a module where reads lag a second, and return its result and what it wrote; nothing was refused, and nothing is warned of."""
    aws.settings(delay=delay, consistency=1)
    aws.clear_log()
    result = Tasks(aws).run(module, params)
    refused = [(each["operation"], each["code"]) for each in aws.log("eks") if each["code"] and each["write"]]
    assert (refused, result.get("warnings", [])) == ([], [])
    return result, [each["operation"] for each in aws.writes("eks")]


def test_an_entry_is_returned_as_it_was_made(aws: Running) -> None:
    policy = {"policy": "AmazonEKSViewPolicy", "scope": "cluster"}
    entry = {"principal_arn": f"{ROLE}/people", "access_policies": [policy], "kubernetes_groups": ["ops"]}
    result, writes = late(aws, "eks_access_entries", {**OF, "access_entries": [entry]})
    assert writes == ["CreateAccessEntry", "AssociateAccessPolicy"]
    assert [each["policy"] for each in result["access_entries"][0]["access_policies"]] == ["AmazonEKSViewPolicy"]


def test_an_update_that_is_not_known_yet_is_not_over(aws: Running) -> None:
    """Two updates of a node group, one after the other: the second is sent when the first is over."""
    late(aws, "eks_nodegroup", {**GROUP, "labels": {"tier": "a"}})
    aws.settings(delay=0, consistency=0)
    aws.client("eks", access_key=KEY).update_cluster_version(name="edge", version="1.35")
    aws.client("eks", access_key=KEY).describe_cluster(name="edge")
    result, writes = late(aws, "eks_nodegroup", {**GROUP, "labels": {"tier": "b"}, "version": "1.35"})
    assert sorted(writes) == ["UpdateNodegroupConfig", "UpdateNodegroupVersion"]
    assert (result["nodegroup"]["version"], result["nodegroup"]["labels"]) == ("1.35", {"tier": "b"})


def test_an_addon_that_still_reads_failed_is_mended(aws: Running) -> None:
    eks = aws.client("eks", access_key=KEY)
    eks.create_addon(**NAME, addonName="vpc-cni")
    aws.outcome("update", "Failed", cluster="edge", name="vpc-cni")
    eks.update_addon(**NAME, addonName="vpc-cni", resolveConflicts="OVERWRITE")
    assert eks.describe_addon(**NAME, addonName="vpc-cni")["addon"]["status"] == "UPDATE_FAILED"
    result, writes = late(aws, "eks_addon", {**OF, "name": "vpc-cni"})
    assert (writes, result["addon"]["status"]) == (["UpdateAddon"], "ACTIVE")


def test_what_still_reads_failed_while_it_goes_is_made_again(aws: Running) -> None:
    eks = aws.client("eks", access_key=KEY)
    aws.outcome("capability", "CREATE_FAILED", cluster="edge", name="kro")
    eks.create_capability(**NAME, capabilityName="kro", type="KRO", roleArn=f"{ROLE}/able", deletePropagationPolicy="RETAIN")
    assert eks.describe_capability(**NAME, capabilityName="kro")["capability"]["status"] == "CREATE_FAILED"
    kro = {**OF, "name": "kro", "type": "KRO", "role_arn": f"{ROLE}/able", "recreate_failed": True}
    result, writes = late(aws, "eks_capability", kro, delay=0)
    assert (writes, result["capability"]["status"]) == (["DeleteCapability", "CreateCapability"], "ACTIVE")


def test_an_identity_provider_is_replaced(aws: Running) -> None:
    provider = {**OF, "name": "corp", "issuer_url": "https://login.example.com", "client_id": "edge"}
    late(aws, "eks_identity_provider", provider)
    aws.clock(5)
    aws.settings(delay=3, consistency=1)
    aws.clear_log()
    result = Tasks(aws).run("eks_identity_provider", {**provider, "client_id": "other"})
    assert [each["operation"] for each in aws.writes("eks")] == ["DisassociateIdentityProviderConfig", "AssociateIdentityProviderConfig"]
    assert (result["identity_provider"]["client_id"], [warning for warning in result["warnings"] if "differs" in warning]) == ("other", [])
