"""One simulator for all tests of this directory, emptied before each of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.testing import ACCOUNT, Running, start
from tests.conformance.aws.recording import pytest_runtest_makereport  # noqa: F401 - the rows of the rules that these tests show

ROLE = f"arn:aws:iam::{ACCOUNT}:role/cluster"
TODAY = datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()
NODE_ROLE = f"arn:aws:iam::{ACCOUNT}:role/node"


@dataclass(frozen=True)
class Refusal:
    """What a refused call came back with."""

    code: str
    message: str
    status: int


@pytest.fixture(scope="session")
def simulator() -> Iterator[Running]:
    with start() as running:
        yield running


@pytest.fixture
def aws(simulator: Running) -> Running:
    """The simulator, empty, on a fixed day: what AWS supports depends on the date."""
    simulator.reset()
    simulator.clock(TODAY - time.time())
    return simulator


@pytest.fixture
def eks(aws: Running) -> Any:
    return aws.client("eks")


@pytest.fixture
def new_cluster(eks: Any) -> Callable[..., dict[str, Any]]:
    """Make a cluster, by default named edge, in mode API_AND_CONFIG_MAP, and return it as it is described then."""

    def make(name: str = "edge", **more: Any) -> dict[str, Any]:
        defaults: dict[str, Any] = {
            "roleArn": ROLE,
            "resourcesVpcConfig": {"subnetIds": ["subnet-1", "subnet-2"]},
            "accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP", "bootstrapClusterCreatorAdminPermissions": False},
        }
        eks.create_cluster(name=name, **{**defaults, **more})
        found: dict[str, Any] = eks.describe_cluster(name=name)["cluster"]
        return found

    return make


@pytest.fixture
def cluster(new_cluster: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    return new_cluster()


@pytest.fixture
def new_nodegroup(eks: Any) -> Callable[..., dict[str, Any]]:
    def make(name: str = "workers", cluster: str = "edge", **more: Any) -> dict[str, Any]:
        eks.create_nodegroup(**{"clusterName": cluster, "nodegroupName": name, "subnets": ["subnet-1"], "nodeRole": NODE_ROLE, **more})
        found: dict[str, Any] = eks.describe_nodegroup(clusterName=cluster, nodegroupName=name)["nodegroup"]
        return found

    return make


@pytest.fixture
def refused() -> Callable[..., Refusal]:
    """Call, and return the refusal; a call that is not refused fails the test."""

    def call(function: Callable[..., Any], **params: Any) -> Refusal:
        with pytest.raises(ClientError) as caught:
            function(**params)
        answer = caught.value.response
        return Refusal(answer["Error"]["Code"], answer["Error"]["Message"], answer["ResponseMetadata"]["HTTPStatusCode"])

    return call
