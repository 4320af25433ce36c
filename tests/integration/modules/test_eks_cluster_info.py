"""eks_cluster_info against the simulator: one, some, all, over pages, and never a write."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster import RESULT_KEYS
from ansible_collections.fleetops.eks.plugins.modules import eks_cluster_info

from sandbox.aws.testing import Running, start
from tests.support.modules import call

ROLE = "arn:aws:iam::123456789012:role/eks-cluster"


@pytest.fixture
def aws() -> Iterator[Running]:
    with start(delay=0) as running:
        make(running, "edge", "factory", "lab")
        running.clear_log()
        yield running


def make(aws: Running, *clusters: str) -> None:
    client = aws.client("eks", access_key="AKIATEST")
    for name in clusters:
        client.create_cluster(name=name, roleArn=ROLE, resourcesVpcConfig={"subnetIds": ["subnet-a", "subnet-b"]}, tags={"CostCenter": name})


def names(aws: Running, **params: Any) -> list[str]:
    result = call("eks_cluster_info", params, url=aws.url)
    assert not result["changed"]
    return [cluster["name"] for cluster in result["clusters"]]


def test_reads_all_clusters_of_the_region_and_writes_nothing(aws: Running) -> None:
    assert names(aws) == ["edge", "factory", "lab"]
    assert aws.writes() == []


def test_reads_those_that_are_named_in_that_order_and_leaves_out_who_is_not_there(aws: Running) -> None:
    assert names(aws, names=["lab", "nobody", "edge", "lab"]) == ["lab", "edge"]
    assert names(aws, name="factory") == ["factory"]
    assert names(aws, names=[]) == []


def test_a_cluster_has_the_same_keys_as_in_eks_cluster(aws: Running) -> None:
    (cluster,) = call("eks_cluster_info", {"name": "edge"}, url=aws.url)["clusters"]
    assert set(cluster) == set(RESULT_KEYS)
    assert cluster["tags"] == {"CostCenter": "edge"}
    assert cluster == call("eks_cluster", {"name": "edge"}, check_mode=True, url=aws.url)["cluster"]


def test_reads_over_pages(aws: Running) -> None:
    make(aws, *(f"many-{number:03}" for number in range(100)))
    assert len(names(aws)) == 103


def test_reads_connected_clusters_when_asked(aws: Running) -> None:
    config = {"roleArn": ROLE, "provider": "OTHER"}
    aws.client("eks", access_key="AKIATEST").register_cluster(name="elsewhere", connectorConfig=config)
    assert "elsewhere" not in names(aws)
    assert "elsewhere" in names(aws, connected=True)


def test_every_example_runs(aws: Running) -> None:
    for example in yaml.safe_load(eks_cluster_info.EXAMPLES):
        assert not call("eks_cluster_info", example["fleetops.eks.eks_cluster_info"], url=aws.url).get("failed"), example["name"]


def test_says_what_was_refused(aws: Running) -> None:
    aws.faults({"match": "eks:ListClusters", "code": "AccessDeniedException", "status": 403, "message": "not authorized"})
    result = call("eks_cluster_info", {}, url=aws.url)
    assert result["failed"]
    assert "AccessDeniedException" in result["msg"]
