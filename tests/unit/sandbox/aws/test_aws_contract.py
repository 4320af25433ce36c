"""The simulator against botocore: every operation of EKS is simulated, every answer fits the model's shapes."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest

from sandbox.aws import protocol, validation
from sandbox.aws.eks import OPERATIONS
from sandbox.aws.errors import ApiError
from sandbox.aws.ssm import AGENT
from sandbox.aws.ssm import OPERATIONS as SSM

NOT_SIMULATED: dict[str, str] = {}


@pytest.mark.parametrize("operation", sorted(protocol.load("eks").operations))
def test_every_operation_of_eks_is_simulated_or_says_why_not(operation: str) -> None:
    assert (operation in OPERATIONS) != bool(NOT_SIMULATED.get(operation))


def test_no_operation_is_made_up() -> None:
    assert set(OPERATIONS) <= protocol.load("eks").operations
    assert set(SSM) - AGENT <= protocol.load("ssm").operations


@pytest.mark.parametrize("operation", sorted(protocol.load("eks").operations))
def test_every_path_leads_to_its_operation(operation: str) -> None:
    model = protocol.load("eks")
    http = model.operation(operation).http
    path = http["requestUri"]
    labels = {label: f"arn%3Aaws%2F{number}" for number, label in enumerate(_labels(path))}
    found = model.match(http["method"], path.format(**labels))
    assert found is not None
    assert found[0] == operation
    assert all(value.startswith("arn:aws/") for value in found[1].values())


def _labels(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


LISTS = sorted(name for name in protocol.load("eks").operations if "maxResults" in protocol.load("eks").operation(name).input_shape.members)


@pytest.mark.parametrize("operation", LISTS)
def test_every_list_takes_a_page_size(cluster: Any, eks: Any, operation: str) -> None:
    shape = protocol.load("eks").operation(operation).input_shape
    given: dict[str, Any] = {"clusterName": "edge", "name": "edge", "principalArn": _any_entry(eks), "maxResults": 1}
    method = "".join(f"_{each.lower()}" if each.isupper() else each for each in operation).lstrip("_")
    answer = getattr(eks, method)(**{name: value for name, value in given.items() if name in shape.members})
    assert all(len(value) <= 1 for value in answer.values() if isinstance(value, list))


def _any_entry(eks: Any) -> str:
    return str(eks.list_access_entries(clusterName="edge")["accessEntries"][0])


def test_answers_fit_the_types_of_the_model(aws: Any, cluster: Any, new_nodegroup: Any, eks: Any) -> None:
    """botocore's parser is lenient; our own checker is not. It reads what the server sent, times as numbers."""
    new_nodegroup()
    eks.create_addon(clusterName="edge", addonName="coredns")
    calls = {
        "DescribeCluster": "/clusters/edge",
        "DescribeNodegroup": "/clusters/edge/node-groups/workers",
        "DescribeAddon": "/clusters/edge/addons/coredns",
        "DescribeClusterVersions": "/cluster-versions",
        "DescribeAddonVersions": "/addons/supported-versions",
        "ListAccessPolicies": "/access-policies",
        "ListCertificateAuthorities": "/clusters/edge/certificate-authorities",
    }
    for operation, path in calls.items():
        document = _get(aws, path)
        validation.check(protocol.load("eks").operation(operation).output_shape, document)
        assert document


def _get(aws: Any, path: str) -> dict[str, Any]:
    header = f"AWS4-HMAC-SHA256 Credential={aws.environment()['AWS_ACCESS_KEY_ID']}/20261122/us-east-1/eks/aws4_request, SignedHeaders=host, Signature=0"
    with urllib.request.urlopen(urllib.request.Request(aws.url + path, headers={"Authorization": header}), timeout=10) as answer:
        found: dict[str, Any] = json.loads(answer.read())
        return found


def test_requests_are_held_to_the_model() -> None:
    shape = protocol.load("eks").operation("CreateNodegroup").input_shape
    with pytest.raises(ApiError) as caught:
        validation.check(shape, {"clusterName": "edge", "nodegroupName": 5, "subnets": "x", "diskSize": True})
    assert caught.value.message.startswith("4 validation errors detected")
