"""kube_objects against simulated clusters, with tokens of EKS."""

from __future__ import annotations

import copy
import json
import zlib
from functools import partial

import pytest

from tests.support.clusters import lab

HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


@pytest.fixture(scope="module")
def fleet():
    with lab("edge") as made:
        yield made


@pytest.fixture
def kube(fleet, request):
    """Run kube_objects in a namespace of the test's own; `.fleet` and `.namespace` are at hand."""
    namespace = f"t{zlib.crc32(request.node.name.encode())}"
    fleet.system("edge", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    fleet.kubernetes.clear_log()
    run = partial(_run, fleet, namespace)
    run.fleet, run.namespace = fleet, namespace
    return run


def _run(fleet, namespace, *resources, check_mode=False, **params):
    given = {"cluster_name": "edge", "namespace": namespace, "resources": list(copy.deepcopy(resources)), **params}
    return fleet.call("kube_objects", {name: value for name, value in given.items() if value is not None}, check_mode=check_mode)


def writes(kube):
    found = [(each["verb"], each["resource"], each["name"]) for each in kube.fleet.kubernetes.writes()]
    kube.fleet.kubernetes.clear_log()
    return found


def config_map(name="settings", labels=None, **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **({"labels": labels} if labels else {})}, "data": data}


def deployment(image="web:1", replicas=1):
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": image}]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template},
    }


def widgets():
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"kind": "Widget", "plural": "widgets", "singular": "widget", "listKind": "WidgetList"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced", "names": names, "versions": [version]},
    }


def test_creates(kube):
    result = kube(config_map(mode="fast"))
    assert result["changed"] is True
    assert result["kube_objects"] == [
        {"api_version": "v1", "kind": "ConfigMap", "name": "settings", "namespace": kube.namespace, "exists": True, "ready": True}
    ]
    assert [(action["operation"], action["status"]) for action in result["actions"]] == [("apply", "done")]
    assert writes(kube) == [("patch", "configmaps", "settings")]


def test_is_quiet_the_second_time(kube):
    kube(config_map(mode="fast"), deployment())
    writes(kube)
    result = kube(config_map(mode="fast"), deployment())
    assert (result["changed"], result["actions"], writes(kube)) == (False, [], [])


def test_checks_without_touching(kube):
    result = kube(config_map(mode="fast"), check_mode=True)
    assert (result["changed"], result["kube_objects"][0]["exists"], writes(kube)) == (True, False, [])
    assert result["actions"][0]["status"] == "planned"


def test_updates_with_diff(kube):
    kube(config_map(mode="slow", kept="1"))
    writes(kube)
    result = kube(config_map(mode="fast", kept="1"))
    name = f"ConfigMap {kube.namespace}/settings"
    assert result["diff"] == {"before": {name: {"data": {"mode": "slow"}}}, "after": {name: {"data": {"mode": "fast"}}}}
    assert writes(kube) == [("patch", "configmaps", "settings")]


def test_absent(kube):
    kube(config_map(mode="fast"))
    writes(kube)
    assert kube(config_map(), state="absent", check_mode=True)["changed"] is True
    assert writes(kube) == []
    result = kube(config_map(), state="absent")
    assert (result["changed"], result["kube_objects"], writes(kube)) == (True, [], [("delete", "configmaps", "settings")])


def test_absent_again(kube):
    result = kube(config_map(), state="absent")
    assert (result["changed"], writes(kube)) == (False, [])


def test_field_that_is_declared_no_longer_goes(kube):
    kube(config_map(mode="fast", old="1"))
    result = kube(config_map(mode="fast"))
    name = f"ConfigMap {kube.namespace}/settings"
    assert result["diff"]["before"] == {name: {"data": {"old": "1"}}}
    assert kube(config_map(mode="fast"))["changed"] is False


def test_field_of_somebody_else_is_refused_before_anything_is_written(kube):
    path = f"/api/v1/namespaces/{kube.namespace}/configmaps"
    kube.fleet.request("edge", "POST", f"{path}?fieldManager=somebody", config_map(mode="theirs") | {"metadata": {"name": "settings"}})
    writes(kube)
    result = kube(config_map("first"), config_map(mode="ours"))
    assert result["failed"]
    assert "data.mode" in result["msg"]
    assert "force_conflicts" in result["msg"]
    assert writes(kube) == []
    assert kube(config_map(mode="ours"), force_conflicts=True)["changed"] is True
    assert kube(config_map(mode="ours"))["changed"] is False


def test_namespace_and_definition_come_before_what_needs_them(kube):
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"{kube.namespace}-new"}}
    widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w", "namespace": f"{kube.namespace}-new"}, "spec": {"size": 1}}
    checked = kube(widget, widgets(), namespace, check_mode=True)
    assert (len(checked["actions"]), writes(kube)) == (3, [])
    result = kube(widget, widgets(), namespace)
    assert [action["subject"].split()[0] for action in result["actions"]] == ["Namespace", "CustomResourceDefinition", "Widget"]
    assert kube(widget, widgets(), namespace)["changed"] is False
    assert kube(widget, widgets(), namespace, state="absent")["actions"][0]["subject"].startswith("Widget")


def test_kind_that_nobody_serves_is_refused_before_anything_is_written(kube):
    gadget = {"apiVersion": "gadgets.example.com/v1", "kind": "Gadget", "metadata": {"name": "g"}}
    result = kube(config_map(mode="fast"), gadget)
    assert result["failed"]
    assert "does not serve gadgets.example.com/v1 Gadget" in result["msg"]
    assert writes(kube) == []
    checked = kube(gadget, check_mode=True)
    assert checked["changed"] is True
    assert "does not serve" in checked["warnings"][0]
    assert kube(gadget, state="absent")["changed"] is False


def test_values_of_secrets_are_nowhere(kube):
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "door"}, "stringData": {"password": "hunter2"}}
    params = {"cluster_name": "edge", "namespace": kube.namespace, "resources": [secret], **kube.fleet.options}
    for value in ("hunter2", "hunter3"):
        params["resources"] = [{**secret, "stringData": {"password": value}}]
        result = kube(*params["resources"])
        assert result["changed"]
        assert value not in json.dumps(result)
        assert "aHVudGVy" not in json.dumps(result)
    assert kube(*params["resources"])["changed"] is False


def test_invocation_hides_values_of_secrets(kube, monkeypatch):
    """Ansible shows the options of a task as they are after the run."""
    from ansible_collections.fleetops.eks.plugins.module_utils._aws import shell

    seen = {}
    execute = shell.execute
    monkeypatch.setattr(shell, "execute", lambda logic, params, **kwargs: seen.setdefault("params", params) and execute(logic, params, **kwargs))
    kube({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "door"}, "stringData": {"password": "hunter2"}})
    assert seen["params"]["resources"][0]["stringData"] == {"password": HIDDEN}


def test_prunes_what_its_owner_declares_no_longer(kube):
    mine = partial(kube, owner=kube.namespace, prune=True)
    mine(config_map("a"), config_map("b"))
    kube(config_map("other"))
    writes(kube)
    assert mine(config_map("a"), check_mode=True)["pruned"] == [f"ConfigMap {kube.namespace}/b"]
    assert writes(kube) == []
    result = mine(config_map("a"))
    assert (result["pruned"], writes(kube)) == ([f"ConfigMap {kube.namespace}/b"], [("delete", "configmaps", "b")])
    assert mine(config_map("a"))["changed"] is False
    left = kube.fleet.request("edge", "GET", f"/api/v1/namespaces/{kube.namespace}/configmaps")["items"]
    assert {"a", "other"} <= {item["metadata"]["name"] for item in left}


def test_prunes_the_last_of_a_kind_where_the_kind_is_given(kube):
    mine = partial(kube, owner=kube.namespace, prune=True)
    mine(config_map("a"))
    assert mine()["pruned"] == []
    assert mine(prune_kinds=["v1/ConfigMap"])["pruned"] == [f"ConfigMap {kube.namespace}/a"]


def test_absent_with_prune_takes_all_of_the_owner(kube):
    kube(config_map("a"), config_map("b"), owner=kube.namespace)
    result = kube(config_map("a"), owner=kube.namespace, prune=True, state="absent")
    assert sorted(action["subject"] for action in result["actions"]) == [f"ConfigMap {kube.namespace}/{name}" for name in "ab"]


def test_namespaces_are_not_pruned_unless_given(kube):
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"{kube.namespace}-x"}}
    other = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"{kube.namespace}-y"}}
    mine = partial(kube, owner=kube.namespace, prune=True)
    mine(namespace, other)
    assert mine(namespace)["pruned"] == []
    assert mine(namespace, prune_kinds=["v1/Namespace"])["pruned"] == [f"Namespace {kube.namespace}-y"]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"prune": True}, "owner"),
        ({"prune_kinds": ["ConfigMap"]}, "apiVersion/Kind"),
        ({"kubeconfig": "/x", "host": "https://y"}, "mutually exclusive"),
        ({"resources": [{"kind": "ConfigMap"}]}, "no apiVersion"),
    ],
)
def test_impossible_options_are_refused(kube, params, words):
    result = kube(**params)
    assert result["failed"]
    assert words in result["msg"]
    assert kube.fleet.kubernetes.log() == []


def test_manifest_that_the_api_refuses_says_why(kube):
    result = kube(deployment() | {"spec": {"replicas": 1}})
    assert result["failed"]
    assert "apply Deployment" in result["msg"]
    assert "spec.selector" in result["msg"]
    assert writes(kube) == []


def test_identity_without_an_entry_is_told_which_entry_to_make(kube):
    iam = kube.fleet.aws.client("iam")
    iam.create_user(UserName=kube.namespace)
    key = iam.create_access_key(UserName=kube.namespace)["AccessKey"]
    result = kube(config_map(), access_key=key["AccessKeyId"], secret_key=key["SecretAccessKey"])
    assert result["failed"]
    assert "Unauthorized" in result["msg"]
    assert "access entry" in result["msg"]
    assert "k8s-aws-v1" not in json.dumps(result)


def test_identity_without_a_policy_is_told_to_associate_one(kube):
    iam = kube.fleet.aws.client("iam")
    arn = iam.create_user(UserName=kube.namespace)["User"]["Arn"]
    key = iam.create_access_key(UserName=kube.namespace)["AccessKey"]
    kube.fleet.aws.client("eks").create_access_entry(clusterName="edge", principalArn=arn)
    result = kube(config_map(), access_key=key["AccessKeyId"], secret_key=key["SecretAccessKey"])
    assert result["failed"]
    assert "Forbidden" in result["msg"]
    assert "access policy" in result["msg"]


def test_missing_cluster_is_an_error_and_in_check_mode_a_warning(fleet):
    params = {"cluster_name": "nowhere", "resources": [config_map(mode="fast")]}
    assert "nowhere does not exist" in fleet.call("kube_objects", params)["msg"]
    checked = fleet.call("kube_objects", params, check_mode=True)
    assert (checked["changed"], len(checked["actions"])) == (True, 1)
    assert "nowhere does not exist" in checked["warnings"][0]
    assert fleet.call("kube_objects", {**params, "state": "absent"})["changed"] is False


def test_unreachable_api_is_an_error_without_the_token(fleet):
    params = {"host": "https://127.0.0.1:1", "api_key": "open-sesame", "resources": [config_map(mode="fast")]}
    result = fleet.call("kube_objects", params)
    assert result["failed"]
    assert "Connection refused" in result["msg"]
    assert "open-sesame" not in json.dumps(result)


def test_wrong_ca_is_an_error(fleet):
    result = fleet.call("kube_objects", {"host": fleet.kubernetes.endpoint(fleet.path("edge")), "api_key": "x", "resources": [config_map(mode="fast")]})
    assert result["failed"]
    assert "certificate verify failed" in result["msg"]


def test_host_with_a_token_works_without_aws(fleet, kube):
    how = {"host": fleet.kubernetes.endpoint(fleet.path("edge")), "api_key": fleet.kubernetes.admin_token, "ca_cert": str(fleet.kubernetes.ca)}
    fleet.aws.clear_log()
    assert kube(config_map(mode="fast"), cluster_name=None, **how)["changed"] is True
    assert fleet.aws.log() == []


def test_throttled_requests_are_sent_again(kube):
    kube.fleet.kubernetes.faults({"match": ".*", "times": 1, "code": "TooManyRequests", "status": 429, "message": "slow down"})
    try:
        assert kube(config_map(mode="fast"))["changed"] is True
    finally:
        kube.fleet.kubernetes.faults()


def test_waits_until_a_workload_does_its_work(kube):
    result = kube(deployment())
    assert result["kube_objects"][0]["ready"] is True
