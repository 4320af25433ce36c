"""A registration at Argo CD: what is compared, what is owned, what is refused."""

from __future__ import annotations

import base64
import dataclasses
import json

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._argocd import config as configs
from ansible_collections.fleetops.eks.plugins.module_utils._argocd.cluster import (
    SKIP_RECONCILE,
    TYPE_LABEL,
    ClusterSpec,
    ClusterState,
    find,
    plan_present,
    secret_name,
    to_result,
)
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan

MANAGER = "fleetops.eks"
URL = "https://api.edge.example"
ARN = "arn:aws:eks:us-east-1:111122223333:cluster/edge"
AWS = {
    "aws_auth_config": {"cluster_name": "edge", "role_arn": "arn:aws:iam::111122223333:role/spoke", "profile": None},
    "tls_client_config": {"ca_data": "Q0E="},
}
ARGO_TEXT = '{"tlsClientConfig":{"insecure":false,"caData":"Q0E="},"awsAuthConfig":{"clusterName":"edge","roleARN":"arn:aws:iam::111122223333:role/spoke"}}'


def spec(server=URL, **params):
    return ClusterSpec.from_params({"server": server, "argocd_namespace": "argocd", **params})


def state(labels=None, annotations=None, *, name="cluster-edge", argo_name="edge", owned=None, **data):
    """A Secret as the API answers it; owned: the labels, annotations and data keys that this collection applied."""
    owned = owned or {}
    fields = {
        "f:metadata": {f"f:{which}": {f"f:{key}": {} for key in owned.get(which, ())} for which in ("labels", "annotations")},
        "f:data": {f"f:{key}": {} for key in owned.get("data", ())},
    }
    data = {"server": URL, "name": argo_name, "config": ARGO_TEXT, **data}
    secret = {
        "metadata": {
            "name": name,
            "labels": {TYPE_LABEL: "cluster", **(labels or {})},
            "annotations": annotations or {},
            "managedFields": [{"manager": MANAGER, "operation": "Apply", "fieldsV1": fields}],
        },
        "data": {key: base64.b64encode(text.encode()).decode() for key, text in data.items() if text is not None},
    }
    return ClusterState.from_api(secret, MANAGER)


def sent(plan):
    step = plan.steps[0]
    return {key: base64.b64decode(value).decode() for key, value in step.request["data"].items()}


def test_new_registration_of_a_capability_has_no_config():
    plan = plan_present(spec(ARN, name="edge"), None)
    assert sent(plan) == {"name": "edge", "server": ARN}
    assert plan.steps[0].request["metadata"]["labels"] == {TYPE_LABEL: "cluster"}


def test_new_registration_of_an_own_hub():
    data = sent(plan_present(spec(name="edge", namespaces=["a", "b"], cluster_resources=True, project="p", shard=0, **AWS), None))
    assert json.loads(data.pop("config")) == json.loads(ARGO_TEXT)
    assert data == {"name": "edge", "server": URL, "namespaces": "a,b", "clusterResources": "true", "project": "p", "shard": "0"}


def test_cluster_that_argo_runs_in_needs_no_credentials():
    assert json.loads(sent(plan_present(spec("https://kubernetes.default.svc", name="in-cluster"), None))["config"]) == {"tlsClientConfig": {"insecure": False}}


def test_data_is_sent_as_base64_and_never_as_string_data():
    request = plan_present(spec(name="edge", **AWS), None).steps[0].request
    assert "stringData" not in request
    assert base64.b64decode(request["data"]["name"]) == b"edge"


@pytest.mark.parametrize(
    "text",
    [
        ARGO_TEXT,
        json.dumps(json.loads(ARGO_TEXT), indent=2),
        json.dumps({**json.loads(ARGO_TEXT), "tlsClientConfig": {"caData": "Q0E="}}),
        json.dumps({**json.loads(ARGO_TEXT), "username": "", "disableCompression": False}),
    ],
    ids=["as Argo writes it", "spaces", "insecure left out", "empty members"],
)
def test_config_that_means_the_same_is_no_change(text):
    assert plan_present(spec(**AWS), state(config=text)) == Plan()


def test_options_that_are_not_mentioned_are_left_alone():
    assert plan_present(spec(), state({"environment": "prod"}, project="p", shard="3", namespaces="a")) == Plan()


def test_slash_at_the_end_of_the_server_does_not_count():
    assert find(spec(URL + "/"), [state(server=URL + "//")]) is not None
    assert plan_present(spec(URL + "/"), state(server=URL + "/")) == Plan()


@pytest.mark.parametrize(
    ("params", "fields"),
    [
        ({"name": "edge-2"}, ["name"]),
        ({"project": "q"}, ["project"]),
        ({"project": ""}, ["project"]),
        ({"shard": 0}, ["shard"]),
        ({"namespaces": ["a"]}, ["namespaces"]),
        ({"namespaces": []}, ["namespaces"]),
        ({"cluster_resources": True}, ["cluster_resources"]),
        ({"labels": {"environment": "stage"}}, ["labels.environment"]),
        ({"annotations": {"note": "x"}}, ["annotations.note"]),
        ({"skip_reconcile": True}, [f"annotations.{SKIP_RECONCILE.replace('.', '·')}"]),
        ({"bearer_token": "t"}, ["config"]),
    ],
)
def test_each_option_is_an_update_of_its_own(params, fields):
    plan = plan_present(spec(**params), state({"environment": "prod"}, project="p", shard="1", namespaces="a,b"))
    assert [field for step in plan.steps for field in step.fields] == fields


@pytest.mark.parametrize(
    ("params", "data"),
    [
        ({"namespaces": ["b", "a"]}, {"namespaces": "a, b"}),
        ({"namespaces": []}, {}),
        ({"shard": 0}, {"shard": "0"}),
        ({"cluster_resources": False}, {}),
        ({"project": ""}, {}),
    ],
)
def test_same_meaning_is_no_change(params, data):
    assert plan_present(spec(**params), state(**data)) == Plan()


def test_shard_zero_is_a_shard():
    assert sent(plan_present(spec(shard=0), state()))["shard"] == "0"
    assert to_result(state(shard="0"), "argocd")["shard"] == 0


def test_update_sends_the_text_of_argo_where_it_means_the_same():
    assert sent(plan_present(spec(project="p", **AWS), state()))["config"] == ARGO_TEXT


def test_update_of_one_field_keeps_what_was_applied_before():
    """An apply that leaves out what it owns takes it away."""
    before = state({"environment": "prod"}, owned={"labels": ["environment"], "data": ["config", "shard", "name"]}, shard="2")
    plan = plan_present(spec(project="p"), before)
    assert plan.steps[0].request["metadata"]["labels"]["environment"] == "prod"
    assert sent(plan) == {"server": URL, "name": "edge", "config": ARGO_TEXT, "shard": "2", "project": "p"}


def test_label_that_is_declared_no_longer_goes_only_when_it_was_ours():
    before = state({"ours": "1", "theirs": "1"}, owned={"labels": ["ours"]})
    plan = plan_present(spec(labels={}), before)
    assert plan.steps[0].fields == ["labels.ours"]
    assert plan.steps[0].request["metadata"]["labels"] == {TYPE_LABEL: "cluster"}


def test_label_of_ours_stays_without_purge():
    before = state({"ours": "1"}, owned={"labels": ["ours"]})
    assert plan_present(spec(labels={}, purge_labels=False), before) == Plan()
    plan = plan_present(spec(labels={"new": "1"}, purge_labels=False), before)
    assert plan.steps[0].request["metadata"]["labels"] == {TYPE_LABEL: "cluster", "ours": "1", "new": "1"}


def test_label_without_value_goes_whoever_set_it():
    plan = plan_present(spec(labels={"theirs": None}), state({"theirs": "1"}))
    assert [(step.operation, step.request) for step in plan.steps] == [("merge", {"metadata": {"labels": {"theirs": None}}})]
    assert plan_present(spec(labels={"theirs": None}), state()) == Plan()


def test_declared_label_that_was_there_becomes_ours_once():
    plan = plan_present(spec(labels={"environment": "prod"}), state({"environment": "prod"}))
    assert plan.steps[0].fields == ["owned_keys"]
    assert plan_present(spec(labels={"environment": "prod"}), state({"environment": "prod"}, owned={"labels": ["environment"]})) == Plan()


def test_truth_and_numbers_in_labels_are_texts():
    plan = plan_present(spec(labels={"enable_x": True, "wave": 1}), state())
    assert plan.steps[0].request["metadata"]["labels"] == {TYPE_LABEL: "cluster", "enable_x": "true", "wave": "1"}


def test_parking_stays_when_it_is_not_mentioned():
    """An upgrade parks a cluster; the task that keeps its annotations must not set it free."""
    parked = state(annotations={SKIP_RECONCILE: "true", "note": "x"}, owned={"annotations": [SKIP_RECONCILE, "note"]})
    plan = plan_present(spec(annotations={"note": "y"}), parked)
    assert plan.steps[0].fields == ["annotations.note"]
    assert plan.steps[0].request["metadata"]["annotations"] == {SKIP_RECONCILE: "true", "note": "y"}


def test_parking_ends_whoever_began_it_and_leaves_the_other_annotations():
    parked = state(annotations={SKIP_RECONCILE: "true", "note": "x"}, owned={"annotations": ["note"]})
    plan = plan_present(spec(skip_reconcile=False), parked)
    assert [(step.operation, step.request) for step in plan.steps] == [("merge", {"metadata": {"annotations": {SKIP_RECONCILE: None}}})]


def test_secret_without_the_label_gets_it_back():
    before = state()
    stray = dataclasses.replace(before, labels={})
    assert plan_present(spec(), stray).steps[0].fields == [f"labels.{TYPE_LABEL.replace('.', '·')}"]


def test_last_applied_annotation_is_never_sent_nor_returned():
    """It would hold the credentials, and ApplicationSets hand annotations to their templates."""
    kubectl = state(annotations={"kubectl.kubernetes.io/last-applied-configuration": '{"config": "secret"}'})
    assert "annotations" not in plan_present(spec(project="p"), kubectl).steps[0].request["metadata"]
    assert to_result(kubectl, "argocd")["annotations"] == {}


def test_two_registrations_of_a_server_are_refused_by_name():
    with pytest.raises(Refusal, match="cluster-a and cluster-b"):
        find(spec(), [state(name="cluster-a"), state(name="cluster-b")])


def test_name_that_another_server_has_is_refused_naming_both():
    with pytest.raises(Refusal, match=r"Secret cluster-other gives it to https://other.* \(Secret cluster-edge\)"):
        find(spec(name="core"), [state(), state(name="cluster-other", argo_name="core", server="https://other")])


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"server": ARN, "name": "edge", "bearer_token": "t"}, "is an ARN"),
        ({"server": "edge"}, "neither a URL nor the ARN"),
        ({"name": "edge"}, "how Argo CD signs in"),
        ({"bearer_token": "t"}, "no name"),
    ],
)
def test_impossible_registrations_are_refused(params, words):
    with pytest.raises(Refusal, match=words):
        plan_present(spec(**params), None)


def test_insecure_with_a_ca_is_refused():
    with pytest.raises(Refusal, match="insecure and ca_data"):
        spec(tls_client_config={"insecure": True, "ca_data": "Q0E="})


@pytest.mark.parametrize(
    "params",
    [
        {"bearer_token": "hunter2"},
        {"username": "me", "password": "hunter2"},
        {"exec_provider_config": {"command": "x", "env": {"TOKEN": "hunter2"}}},
        {"tls_client_config": {"cert_data": "Q0E=", "key_data": "hunter2"}},
    ],
)
def test_credentials_are_in_no_diff_and_no_result(params):
    for before in (None, state()):
        plan = plan_present(spec(name="edge", **params), before)
        assert plan
        assert "hunter2" not in json.dumps(plan.diff())
        assert "hunter2" not in repr(spec(name="edge", **params))
    text = configs.written(spec(**params).config)
    assert "hunter2" in text
    assert "hunter2" not in json.dumps(to_result(state(config=text), "argocd"))


def test_rotated_token_is_an_update_that_shows_neither():
    plan = plan_present(spec(bearer_token="new-token"), state(config='{"bearerToken":"old-token","tlsClientConfig":{"insecure":false}}'))
    assert plan.diff()["after"]["config"]["credentials"] == "rotated"
    assert "token" not in json.dumps(plan.diff()).replace("bearerToken", "")


def test_pem_is_encoded_and_base64_is_not():
    pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    for text in (pem, base64.b64encode(pem.encode()).decode()):
        config = spec(tls_client_config={"ca_data": text}).config
        assert base64.b64decode(config["tlsClientConfig"]["caData"]).decode() == pem


@pytest.mark.parametrize(
    ("config", "kind"),
    [
        (None, "none"),
        ({"awsAuthConfig": {"clusterName": "x"}, "bearerToken": "t"}, "aws"),
        ({"execProviderConfig": {"command": "x"}, "bearerToken": "t"}, "exec"),
        ({"bearerToken": "t"}, "bearer"),
        ({"username": "u"}, "basic"),
        ({"tlsClientConfig": {"certData": "x"}}, "certificate"),
        ({"tlsClientConfig": {"insecure": False}}, "none"),
    ],
)
def test_kinds_of_auth_in_argos_order(config, kind):
    assert configs.auth_kind(config) == kind


@pytest.mark.parametrize("text", ["", "no json", "[]"])
def test_config_that_argo_cannot_read_is_replaced(text):
    assert plan_present(spec(**AWS), state(config=text)).steps[0].fields == ["config"]


def test_name_of_a_secret_is_readable_and_always_the_same():
    assert secret_name(spec(ARN)) == secret_name(spec(ARN + "/"))
    assert secret_name(spec(ARN)).startswith("cluster-edge-")
    assert secret_name(spec(URL, name="Prod_USE1")).startswith("cluster-prod-use1-")
    assert secret_name(spec(URL)).startswith("cluster-api-edge-example-")
    assert secret_name(spec(URL, name="x" * 200)) < "cluster-" + "x" * 53
    assert secret_name(spec(URL, secret_name="mine")) == "mine"
    assert secret_name(spec(URL)) != secret_name(spec("https://other"))
