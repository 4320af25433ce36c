"""Answers held to botocore's model: the check itself; that all answers pass it, the fixture `simulator` asserts when it ends."""

from __future__ import annotations

import time
from typing import Any

import pytest

from sandbox.aws import answers, moto_side, parsed
from sandbox.aws.eks import OPERATIONS

NOW = time.time()


@pytest.mark.parametrize(
    ("cluster", "problem"),
    [
        ({"name": "edge", "status": "ACTIVE", "createdAt": NOW, "tags": {"a": "b"}, "_own": object(), "endpoint": None}, None),
        ({"name": 5}, ".cluster.name is 5, and no string"),
        ({"deletionProtection": "true"}, ".cluster.deletionProtection is 'true', and no boolean"),
        ({"createdAt": "today"}, ".cluster.createdAt is 'today', and no timestamp"),
        ({"colour": "red"}, ".cluster.colour is no member of Cluster"),
        ({"tags": {"a": 1}}, ".cluster.tags.a is 1, and no string"),
        ({"encryptionConfig": [{"resources": "secrets"}]}, ".cluster.encryptionConfig[].resources is 'secrets', and no list"),
        ({"outpostConfig": {"outpostArns": ["a"]}}, ".cluster.outpostConfig.controlPlaneInstanceType is missing"),
        ({"status": "FINE"}, "Member must satisfy enum value set: [CREATING, ACTIVE, DELETING, FAILED, UPDATING, PENDING]"),
    ],
)
def test_an_answer_fits_its_model_or_says_where_not(cluster: dict[str, Any], problem: str | None) -> None:
    found = answers.of("eks").answer("DescribeCluster", {"cluster": cluster})
    assert len(found) == (problem is not None)
    assert problem is None or problem in found[0]


@pytest.mark.parametrize(
    ("code", "members", "fits"),
    [
        ("ResourceNotFoundException", {"clusterName": "edge"}, True),
        ("ResourceNotFoundException", {"colour": "red"}, False),
        ("ResourceInUseException", {}, False),
        ("NonsenseException", {}, False),
    ],
)
def test_an_error_is_one_that_its_operation_declares(code: str, members: dict[str, str], fits: bool) -> None:
    assert (answers.of("eks").error("DescribeCluster", code, members) == []) == fits


def test_a_misfit_fails_the_call_and_is_remembered(aws: Any, cluster: Any, eks: Any, refused: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OPERATIONS, "DescribeCluster", lambda _ctx, _params: {"cluster": {"name": 5}})
    refusal = refused(eks.describe_cluster, name="edge")
    assert (refusal.code, refusal.status) == ("InternalFailure", 500)
    assert "The sandbox's answer to DescribeCluster does not fit botocore's model" in refusal.message
    assert aws.world.misfits == ["eks:DescribeCluster: .cluster.name is 5, and no string"]
    aws.world.misfits.clear()


def test_an_undeclared_error_is_a_misfit_too(aws: Any, eks: Any, refused: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(OPERATIONS, "DescribeCluster", OPERATIONS["ListTagsForResource"])
    assert refused(eks.describe_cluster, name="edge").code == "InternalFailure"
    aws.world.misfits.clear()


JSON = "application/x-amz-json-1.1"
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("service", "operation", "sent", "answer", "problem"),
    [
        ("kms", "DescribeKey", JSON, (200, [], b'{"KeyMetadata": {"KeyId": "1"}}'), ""),
        ("kms", "DescribeKey", JSON, (200, [], b'{"KeyMetadata": {"Enabled": true}}'), 'Missing required parameter in KeyMetadata: "KeyId"'),
        ("kms", "DescribeKey", JSON, (400, [], b'{"__type": "NotFoundException", "message": "no key"}'), ""),
        ("kms", "DescribeKey", JSON, (400, [], b"{}"), "the error has no Message"),
        ("kms", "DescribeKeys", JSON, (200, [], b"{}"), "botocore's kms has no such operation"),
        ("iam", "GetRole", FORM, (200, [], b"<GetRoleResponse><GetRoleResult>"), "botocore cannot parse it"),
        ("iam", "GetRole", FORM, (200, [], b"<GetRoleResponse><GetRoleResult><Role/></GetRoleResult></GetRoleResponse>"), 'in Role: "RoleName"'),
    ],
)
def test_an_answer_of_moto_is_parsed_by_botocore_or_says_why_not(
    service: str, operation: str, sent: str, answer: tuple[int, list[tuple[str, str]], bytes], problem: str
) -> None:
    found = "\n".join(parsed.problems(service, operation, sent, answer))
    assert problem in found
    assert bool(found) == bool(problem)


def test_a_misfit_of_moto_is_remembered(aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moto_side, "run", lambda _app, _environ: (200, [], b"{}"))
    kms = aws.client("kms")
    kms.list_keys()
    kms.describe_key(KeyId="1")
    assert aws.world.misfits == []
    monkeypatch.setattr(moto_side, "run", lambda _app, _environ: (200, [], b'{"KeyMetadata": {}}'))
    kms.describe_key(KeyId="1")
    assert aws.world.misfits == ['kms:DescribeKey: Missing required parameter in KeyMetadata: "KeyId"']
    aws.world.misfits.clear()
