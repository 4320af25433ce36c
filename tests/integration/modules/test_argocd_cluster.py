"""argocd_cluster against a simulated hub."""

from __future__ import annotations

import base64
import json
from functools import partial

import pytest

from tests.support.clusters import lab

ARN = "arn:aws:eks:us-east-1:111122223333:cluster/"
CRDS = ("applications.argoproj.io", "applicationsets.argoproj.io")
SKIP = "argocd.argoproj.io/skip-reconcile"


def crd(plural, kind):
    version = {
        "name": "v1alpha1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
    }
    names = {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.argoproj.io"},
        "spec": {"group": "argoproj.io", "scope": "Namespaced", "names": names, "versions": [version]},
    }


@pytest.fixture(scope="module")
def fleet():
    with lab("hub", "bare") as made:
        for cluster in ("hub", "bare"):
            made.system(cluster, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}})
        made.system("hub", crd("applications", "Application"), crd("applicationsets", "ApplicationSet"))
        yield made


@pytest.fixture
def hub(fleet, request):
    """Run argocd_cluster for a server of the test's own."""
    name = request.node.name.split("[")[0].removeprefix("test_").replace("_", "-")[:40].strip("-")
    run = partial(_run, fleet, name)
    run.fleet, run.name, run.server = fleet, name, f"https://{name}.example"
    fleet.kubernetes.clear_log()
    return run


def _run(fleet, own, /, *, check_mode=False, hub="hub", **params):
    given = {"hub_cluster_name": hub, "server": f"https://{own}.example", "name": own, "bearer_token": "hunter2", **params}
    return fleet.call("argocd_cluster", {key: value for key, value in given.items() if value is not None}, check_mode=check_mode)


def writes(hub):
    found = [(each["verb"], each["resource"]) for each in hub.fleet.kubernetes.writes()]
    hub.fleet.kubernetes.clear_log()
    return found


def secret_of(hub, result):
    return hub.fleet.request("hub", "GET", f"/api/v1/namespaces/argocd/secrets/{result['argocd_cluster']['secret_name']}")


def data_of(hub, result):
    return {key: base64.b64decode(value).decode() for key, value in secret_of(hub, result)["data"].items()}


def patch(hub, result, body, manager="argocd-server"):
    name = result["argocd_cluster"]["secret_name"]
    hub.fleet.request("hub", "PATCH", f"/api/v1/namespaces/argocd/secrets/{name}?fieldManager={manager}", body)


def application(hub, name="app", **more):
    metadata = {"name": f"{hub.name}-{name}"[:60].strip("-"), "namespace": "argocd", **more}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": metadata,
        "spec": {"destination": {"server": hub.server}, "project": "default"},
    }


def test_creates(hub):
    result = hub(labels={"environment": "prod"}, shard=0)
    assert result["changed"] is True
    assert result["argocd_cluster"] == {
        "name": hub.name,
        "server": hub.server,
        "secret_name": result["argocd_cluster"]["secret_name"],
        "argocd_namespace": "argocd",
        "labels": {"argocd.argoproj.io/secret-type": "cluster", "environment": "prod"},
        "annotations": {},
        "namespaces": [],
        "cluster_resources": False,
        "project": None,
        "shard": 0,
        "skip_reconcile": False,
        "auth": "bearer",
    }
    assert writes(hub) == [("patch", "secrets")]
    assert json.loads(data_of(hub, result)["config"]) == {"bearerToken": "hunter2", "tlsClientConfig": {"insecure": False}}


def test_is_quiet_the_second_time(hub):
    hub(labels={"environment": "prod"}, annotations={"note": "x"}, namespaces=["a", "b"], project="p", shard=3)
    writes(hub)
    result = hub(labels={"environment": "prod"}, annotations={"note": "x"}, namespaces=["b", "a"], project="p", shard=3)
    assert (result["changed"], result["actions"], writes(hub)) == (False, [], [])


def test_checks_without_touching(hub):
    result = hub(check_mode=True)
    assert (result["changed"], result["argocd_cluster"], writes(hub)) == (True, None, [])
    assert "hunter2" not in json.dumps(result)


def test_updates_with_diff(hub):
    hub(labels={"environment": "stage"}, project="p")
    result = hub(labels={"environment": "prod"}, project="q")
    assert result["diff"] == {"before": {"project": "p", "labels": {"environment": "stage"}}, "after": {"project": "q", "labels": {"environment": "prod"}}}
    assert hub(labels={"environment": "prod"}, project="q")["changed"] is False


def test_absent(hub):
    hub()
    writes(hub)
    assert hub(state="absent", check_mode=True)["changed"] is True
    assert writes(hub) == []
    result = hub(state="absent")
    assert (result["changed"], result["argocd_cluster"], writes(hub)) == (True, None, [("delete", "secrets")])


def test_absent_again(hub):
    assert (hub(state="absent")["changed"], writes(hub)) == (False, [])


def test_capability_is_registered_by_arn_without_config(hub):
    result = hub(server=ARN + "spoke", name="spoke", bearer_token=None)
    assert (result["argocd_cluster"]["auth"], data_of(hub, result)) == ("none", {"name": "spoke", "server": ARN + "spoke"})
    assert hub(server=ARN + "spoke", name="spoke", bearer_token=None)["changed"] is False


def test_aws_identity_and_ca(hub):
    aws = {"cluster_name": "spoke", "role_arn": "arn:aws:iam::111122223333:role/spoke"}
    given = {"bearer_token": None, "aws_auth_config": aws, "tls_client_config": {"ca_data": "Q0E="}}
    result = hub(**given)
    assert json.loads(data_of(hub, result)["config"]) == {
        "awsAuthConfig": {"clusterName": "spoke", "roleARN": aws["role_arn"]},
        "tlsClientConfig": {"insecure": False, "caData": "Q0E="},
    }
    assert hub(**given)["changed"] is False


def test_argo_may_rewrite_the_secret(hub):
    """Argo replaces data with its own compact JSON and adds its annotation; that is no change, and what follows keeps both."""
    result = hub(labels={"environment": "prod"})
    config = base64.b64encode(b'{"bearerToken":"hunter2","tlsClientConfig":{"insecure":false}}').decode()
    patch(hub, result, {"data": {"config": config}, "metadata": {"annotations": {"managed-by": "argocd.argoproj.io"}, "labels": {"theirs": "1"}}})
    assert hub(labels={"environment": "prod"})["changed"] is False
    changed = hub(labels={"environment": "stage"})
    assert changed["argocd_cluster"]["labels"] == {"argocd.argoproj.io/secret-type": "cluster", "environment": "stage", "theirs": "1"}
    assert changed["argocd_cluster"]["annotations"] == {"managed-by": "argocd.argoproj.io"}
    assert data_of(hub, changed)["config"] == base64.b64decode(config).decode()


def test_label_of_ours_goes_and_that_of_others_stays(hub):
    result = hub(labels={"ours": "1", "kept": "1"})
    patch(hub, result, {"metadata": {"labels": {"theirs": "1"}}})
    labels = hub(labels={"kept": "1"})["argocd_cluster"]["labels"]
    assert labels == {"argocd.argoproj.io/secret-type": "cluster", "kept": "1", "theirs": "1"}
    labels = hub(labels={"kept": "1", "theirs": None})["argocd_cluster"]["labels"]
    assert labels == {"argocd.argoproj.io/secret-type": "cluster", "kept": "1"}
    assert hub(labels={"kept": "1", "theirs": None})["changed"] is False


def test_secret_of_another_name_is_found_by_its_server(hub):
    data = {"server": f"{hub.server}/", "name": "adopted", "config": '{"bearerToken": "hunter2"}'}
    hub.fleet.system(
        "hub",
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": f"by-hand-{hub.name}", "namespace": "argocd", "labels": {"argocd.argoproj.io/secret-type": "cluster"}},
            "data": {key: base64.b64encode(text.encode()).decode() for key, text in data.items()},
        },
    )
    assert hub(name="adopted")["changed"] is False
    result = hub(name="adopted", project="p")
    assert result["argocd_cluster"]["secret_name"] == f"by-hand-{hub.name}"
    assert data_of(hub, result)["server"] == f"{hub.server}/"


def test_label_that_argos_api_took_away_comes_back(hub):
    """Removing a cluster through Argo's API leaves the Secret without its label where it did not make it."""
    result = hub()
    patch(hub, result, {"metadata": {"labels": {"argocd.argoproj.io/secret-type": None}}})
    assert hub()["changed"] is True
    assert hub()["changed"] is False


def test_two_secrets_of_one_server_are_refused(hub):
    result = hub()
    twin = secret_of(hub, result)
    twin["metadata"] = {"name": f"twin-{hub.name}", "namespace": "argocd", "labels": twin["metadata"]["labels"]}
    hub.fleet.system("hub", twin)
    writes(hub)
    refused = hub(project="p")
    assert refused["failed"]
    assert f"twin-{hub.name}" in refused["msg"]
    assert result["argocd_cluster"]["secret_name"] in refused["msg"]
    assert writes(hub) == []
    assert len(hub(state="absent")["actions"]) == 2


def test_name_of_another_server_is_refused(hub):
    hub()
    refused = hub(server="https://second.example")
    assert refused["failed"]
    assert hub.server in refused["msg"]
    assert refused["refused_fields"] == ["name"]


def test_parks_and_frees(hub):
    hub(annotations={"note": "x"})
    parked = hub(skip_reconcile=True, bearer_token=None, name=None)
    assert parked["argocd_cluster"]["skip_reconcile"] is True
    assert hub(annotations={"note": "x"})["changed"] is False
    freed = hub(skip_reconcile=False, bearer_token=None, name=None)
    assert (freed["argocd_cluster"]["skip_reconcile"], freed["argocd_cluster"]["annotations"]) == (False, {"note": "x"})
    assert hub(skip_reconcile=False)["changed"] is False


def test_rotated_token_is_an_update(hub):
    hub()
    result = hub(bearer_token="hunter3")
    assert result["changed"] is True
    assert "hunter" not in json.dumps(result)
    assert "hunter3" in data_of(hub, result)["config"]


def test_last_applied_annotation_is_never_written(hub):
    assert "annotations" not in secret_of(hub, hub())["metadata"]


def test_registration_that_applications_need_stays(hub):
    hub()
    hub.fleet.system("hub", application(hub))
    writes(hub)
    result = hub(state="absent")
    assert result["failed"]
    assert f"argocd/{application(hub)['metadata']['name']}" in result["msg"]
    assert writes(hub) == []
    assert hub(state="absent", applications="wait", wait_timeout=1)["failed"]


def test_applications_are_deleted_first_with_what_they_deployed(hub):
    hub()
    hub.fleet.system("hub", application(hub))
    writes(hub)
    result = hub(state="absent", applications="delete", wait_timeout=1)
    assert result["failed"]
    assert [action["operation"] for action in result["actions"]] == ["delete_application"]
    assert "resources-finalizer.argocd.argoproj.io" in result["msg"]
    path = f"/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/{application(hub)['metadata']['name']}"
    hub.fleet.request("hub", "PATCH", path, {"metadata": {"finalizers": None}})
    assert [action["operation"] for action in hub(state="absent", applications="delete")["actions"]] == ["delete"]


def test_orphaned_applications_leave_what_they_deployed(hub):
    hub()
    hub.fleet.system("hub", application(hub, finalizers=["resources-finalizer.argocd.argoproj.io/foreground"]))
    result = hub(state="absent", applications="orphan")
    assert [action["operation"] for action in result["actions"]] == ["delete", "orphan_application"]
    left = hub.fleet.request("hub", "GET", "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications")["items"]
    assert application(hub)["metadata"]["name"] not in [item["metadata"]["name"] for item in left]


def test_application_sets_that_select_the_cluster_are_a_warning(hub):
    hub(labels={"wave": hub.name})
    selector = {"matchLabels": {"wave": hub.name}}
    hub.fleet.system(
        "hub",
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "ApplicationSet",
            "metadata": {"name": "platform", "namespace": "argocd"},
            "spec": {"generators": [{"clusters": {"selector": selector}}]},
        },
    )
    assert "platform select this cluster" in hub(state="absent")["warnings"][0]


def test_hub_without_the_kinds_of_argo_has_no_applications(hub):
    hub(hub="bare")
    assert hub(hub="bare", state="absent")["changed"] is True


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"server": ARN + "x"}, "is an ARN"),
        ({"bearer_token": None}, "how Argo CD signs in"),
        ({"username": "u"}, "mutually exclusive|required together"),
        ({"tls_client_config": {"cert_data": "x"}}, "required together"),
    ],
)
def test_impossible_registrations_are_refused(hub, params, words):
    result = hub(**params)
    assert result["failed"]
    assert any(word in result["msg"] for word in words.split("|"))
    assert writes(hub) == []


def test_info_lists_registrations_without_secrets(hub):
    hub(labels={"environment": "prod"})
    result = hub.fleet.call("argocd_cluster_info", {"hub_cluster_name": "hub", "server": hub.server + "/"})
    assert [(found["name"], found["auth"], found["labels"]["environment"]) for found in result["argocd_clusters"]] == [(hub.name, "bearer", "prod")]
    everything = hub.fleet.call("argocd_cluster_info", {"hub_cluster_name": "hub"})
    assert len(everything["argocd_clusters"]) >= 1
    assert "hunter2" not in json.dumps(everything)


def test_missing_hub_is_an_error_and_in_check_mode_a_warning(hub):
    assert "nowhere does not exist" in hub(hub="nowhere")["msg"]
    assert "nowhere does not exist" in hub(hub="nowhere", check_mode=True)["warnings"][0]
    assert hub(hub="nowhere", state="absent")["changed"] is False
    info = {"hub_cluster_name": "nowhere"}
    assert hub.fleet.call("argocd_cluster_info", info)["failed"]
    assert hub.fleet.call("argocd_cluster_info", info, check_mode=True)["argocd_clusters"] == []
