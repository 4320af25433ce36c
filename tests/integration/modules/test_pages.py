"""Modules read every page of a list: AWS answers as many rows as it likes and a token, and who reads goes on while there is one.

What is there is made with boto3 while pages are AWS's own, and read when a page has one row: then all but one thing lie beyond the first. Each test
also holds that the list was asked for page by page, or it would show nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.session import get_session

from sandbox.aws.testing import Running, start
from tests.support import many
from tests.support.many import THREE
from tests.support.modules import call_on

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
EDGE = {"cluster_name": "edge"}
Params = dict[str, Any]


@pytest.fixture(scope="module")
def full() -> Iterator[Running]:
    """Three of all that may be there three times; no test that uses it writes."""
    with start(delay=0) as aws:
        many.clusters(aws.client("eks"), "edge", "factory", "lab")
        many.whole_cluster(aws)
        many.hosts(aws)
        yield aws


@dataclass(frozen=True)
class Reader:
    """A module that reads lists. `lists`: the operations, and how many rows each has at least."""

    module: str
    lists: dict[str, int]
    params: Params = field(default_factory=lambda: EDGE)

    def __str__(self) -> str:
        return self.module


READERS = (
    Reader("eks_cluster_info", {"ListClusters": 3}, {}),
    Reader("eks_nodegroup_info", {"ListNodegroups": 3}),
    Reader("eks_fargate_profile_info", {"ListFargateProfiles": 3}),
    Reader("eks_access_entry_info", {"ListAccessEntries": 3, "ListAssociatedAccessPolicies": 9}),
    Reader("eks_pod_identity_association_info", {"ListPodIdentityAssociations": 3}),
    Reader("eks_addon_info", {"ListAddons": 3, "DescribeAddonVersions": 3}, {**EDGE, "available": True}),
    Reader("eks_addon_versions_info", {"DescribeAddonVersions": 3}, {}),
    Reader("eks_cluster_versions_info", {"DescribeClusterVersions": 3}, {}),
    Reader("eks_update_info", {"ListUpdates": 4}),
    Reader("eks_update_info", {"ListNodegroups": 3, "ListAddons": 3, "ListCapabilities": 3, "ListUpdates": 4}, {**EDGE, "include_members": True}),
    Reader("eks_insights_info", {"ListInsights": 3}),
    Reader("eks_capability_info", {"ListCapabilities": 3}),
    Reader("eks_identity_provider_info", {"ListIdentityProviderConfigs": 2}),
    Reader("eks_certificate_authority_info", {"ListCertificateAuthorities": 2}),
    Reader(
        "eks_cluster_snapshot_info",
        {"ListNodegroups": 3, "ListAddons": 3, "ListAccessEntries": 3, "ListPodIdentityAssociations": 3, "ListInsights": 3},
        {"name": "edge"},
    ),
    Reader(
        "eks_cluster_declaration_info",
        {
            "ListNodegroups": 3,
            "ListFargateProfiles": 3,
            "ListAddons": 3,
            "ListAccessEntries": 3,
            "ListAssociatedAccessPolicies": 9,
            "ListPodIdentityAssociations": 3,
            "ListCapabilities": 3,
            "ListIdentityProviderConfigs": 2,
            "ListCertificateAuthorities": 2,
        },
        {"name": "edge"},
    ),
    Reader("ssm_hybrid_activation_info", {"DescribeActivations": 3}, {}),
    Reader("ssm_managed_instance_info", {"DescribeInstanceInformation": 3}, {}),
)


def asked(aws: Running, operation: str) -> int:
    return sum(each["operation"] == operation for each in aws.log())


@pytest.mark.parametrize("reader", READERS, ids=str)
def test_pages_of_one_row_tell_what_one_page_tells(full: Running, reader: Reader) -> None:
    full.settings(page=0)
    whole = call_on(full, reader.module, reader.params)
    full.settings(page=1)
    full.clear_log()
    assert call_on(full, reader.module, reader.params) == whole
    assert {operation: asked(full, operation) >= rows for operation, rows in reader.lists.items()} == dict.fromkeys(reader.lists, True)
    assert not whole.get("failed"), whole


def test_the_access_policies_on_offer_are_read_page_by_page(full: Running) -> None:
    """They are listed only to refuse one that EKS has not."""
    full.settings(page=1)
    full.clear_log()
    policies = [{"policy": "AmazonEKSViewerPolicy"}]
    result = call_on(full, "eks_access_entry", {**EDGE, "principal_arn": "arn:aws:iam::123456789012:role/new", "access_policies": policies})
    assert "such as AmazonEKSViewPolicy" in result["msg"]
    assert asked(full, "ListAccessPolicies") > 3


def test_every_list_of_eks_that_the_collection_reads_stands_above() -> None:
    paginators = get_session().get_component("data_loader").load_service_model("eks", "paginators-1")["pagination"]
    snake = {re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower(): name for name in paginators}
    text = "".join(path.read_text(encoding="utf-8") for path in PLUGINS.rglob("*.py"))
    assert {snake[name] for name in snake if f'"{name}"' in text} <= {operation for reader in READERS for operation in reader.lists} | {"ListAccessPolicies"}


def test_what_holds_a_cluster_is_named_from_all_pages(full: Running) -> None:
    """EKS refuses the deletion, so nothing is written."""
    full.settings(page=1)
    attached = call_on(full, "eks_cluster", {"name": "edge", "state": "absent"})["attached"]
    assert attached == {"node_groups": [*THREE], "fargate_profiles": [*THREE], "capabilities": ["ack", "kro", "argocd"]}


def test_an_upgrade_heeds_insights_of_all_pages(full: Running) -> None:
    full.settings(page=1)
    result = call_on(full, "eks_cluster", {"name": "edge", "version": "1.36", "insights_gate": "warning"}, check_mode=True)
    assert [finding["name"] for finding in result["upgrade"]["findings"]] == [*THREE]


@pytest.fixture
def aws() -> Iterator[Running]:
    """A cluster of an empty account, in pages of one row."""
    with start(delay=0, page=1) as running:
        many.clusters(running.client("eks"), "edge")
        yield running


def test_a_way_back_heeds_updates_of_all_pages(aws: Running) -> None:
    """EKS takes a version back only where the update to it is known, and here that is not on the first page."""
    eks = aws.client("eks")
    eks.update_cluster_config(name="edge", zonalShiftConfig={"enabled": True})
    version = eks.describe_cluster(name="edge")["cluster"]["version"]
    up = f"1.{int(version[2:]) + 1}"
    assert not call_on(aws, "eks_cluster", {"name": "edge", "version": up, "insights_gate": "none"}).get("failed")
    back = call_on(aws, "eks_cluster", {"name": "edge", "version": version, "allow_rollback": True, "insights_gate": "none"}, check_mode=True)
    assert [step["operation"] for step in back["actions"]] == ["update_cluster_version"], back.get("msg")
