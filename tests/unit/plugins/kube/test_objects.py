"""A declared set of objects: its order, its differences, and what of it is shown."""

from __future__ import annotations

import base64
import json

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import HIDDEN, Change, Plan
from ansible_collections.fleetops.eks.plugins.module_utils._kube.kinds import COMMON, Kind, Reference
from ansible_collections.fleetops.eks.plugins.module_utils._kube.objects import (
    OWNER_LABEL,
    ObjectState,
    checked,
    differences,
    masked,
    plan_absent,
    plan_present,
    prepared,
    wave_of,
)

MANAGER = "fleetops.eks"


def config_map(name="settings", **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "team"}, "data": data}


def secret(**data):
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "door", "namespace": "team"}, "data": data}


def live(manifest, **metadata):
    return {**manifest, "metadata": {**manifest["metadata"], "uid": "1", "resourceVersion": "7", "creationTimestamp": "2026-01-01T00:00:00Z", **metadata}}


def applied(fields, manager=MANAGER, operation="Apply"):
    return [{"manager": manager, "operation": operation, "fieldsV1": fields, "time": "2026-01-01T00:00:00Z"}]


def plan(manifest, state):
    return plan_present(manifest, state, manager=MANAGER, wait=True)


def test_unchanged_object_has_no_plan():
    manifest = config_map(mode="fast")
    assert plan(manifest, ObjectState(live(manifest), live(manifest, resourceVersion="8", generation=2))) == Plan()


def test_new_object_is_applied_and_shown_whole():
    (step,) = plan(config_map(mode="fast"), ObjectState()).steps
    assert (step.operation, step.settle) == ("apply", "ready")
    assert [(change.path, change.before, change.after) for change in step.changes] == [
        ("metadata", None, {"name": "settings", "namespace": "team"}),
        ("data", None, {"mode": "fast"}),
    ]


def test_changed_value_is_shown_with_both_sides():
    (step,) = plan(config_map(mode="fast"), ObjectState(live(config_map(mode="slow", kept="1")), live(config_map(mode="fast", kept="1")))).steps
    assert step.changes == (Change("data.mode", "slow", "fast"),)


def test_field_that_the_server_defaults_is_no_difference():
    state = ObjectState(live({**config_map(mode="fast"), "immutable": False}), live({**config_map(mode="fast"), "immutable": False}))
    assert not plan(config_map(mode="fast"), state)


def test_status_is_never_a_difference():
    state = ObjectState(live({**config_map(), "status": {"a": 1}}), live({**config_map(), "status": {"a": 2}}))
    assert not plan(config_map(), state)


def test_fields_taken_over_from_another_manager_are_a_change():
    """Otherwise a field that is declared no longer would stay for ever."""
    manifest = config_map(mode="fast")
    before = live(manifest, managedFields=applied({"f:data": {"f:mode": {}}}, manager="kubectl", operation="Update"))
    after = live(manifest, managedFields=applied({"f:data": {"f:mode": {}}}))
    assert plan(manifest, ObjectState(before, after)).steps[0].fields == ["metadata.managedFields"]
    assert not plan(manifest, ObjectState(after, after))


def test_keys_with_dots_stay_whole_in_a_difference():
    before = {"metadata": {"labels": {"app.kubernetes.io/name": "a", "kept": "1"}}}
    after = {"metadata": {"labels": {"app.kubernetes.io/name": "b", "kept": "1"}}}
    assert differences(before, after) == (Change("metadata.labels", {"app.kubernetes.io/name": "a"}, {"app.kubernetes.io/name": "b"}),)


def test_nested_difference_shows_only_what_differs():
    before = {"spec": {"template": {"spec": {"containers": [1], "other": 1}}}}
    after = {"spec": {"template": {"spec": {"containers": [2], "other": 1}}}}
    assert differences(before, after) == (Change("spec.template", {"spec": {"containers": [1]}}, {"spec": {"containers": [2]}}),)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, secret(password="aHVudGVyMg==")),
        (secret(password="b2xk"), secret(password="aHVudGVyMg==")),
        (secret(**{"pass.word": "b2xk"}), secret(**{"pass.word": "aHVudGVyMg=="})),
        (secret(other="b2xk"), secret(other="b2xk", password="aHVudGVyMg==")),
        (
            {**secret(), "metadata": {"name": "door", "annotations": {"kubectl.kubernetes.io/last-applied-configuration": '{"data": "aHVudGVyMg=="}'}}},
            secret(password="aHVudGVyMg=="),
        ),
    ],
)
def test_values_of_a_secret_are_in_no_difference(before, after):
    """The differing value is hidden wherever it stands: new, changed, under a key with dots, beside an unchanged one, in kubectl's annotation."""
    made = plan(after, ObjectState(before, after) if before else ObjectState())
    shown = json.dumps(made.diff())
    assert made
    assert "aHVudGVyMg" not in shown
    assert "b2xk" not in shown
    assert HIDDEN in shown


def test_string_data_is_sent_as_data_because_the_api_never_returns_it():
    sent = prepared({**secret(kept="YQ=="), "stringData": {"password": "hunter2"}})
    assert "stringData" not in sent
    assert sent["data"] == {"kept": "YQ==", "password": base64.b64encode(b"hunter2").decode()}


def test_owner_becomes_a_label_beside_the_others():
    sent = prepared({**config_map(), "metadata": {"name": "a", "labels": {"app": "web"}}}, owner="team-a")
    assert sent["metadata"]["labels"] == {"app": "web", OWNER_LABEL: "team-a"}


def test_what_servers_write_is_not_sent():
    sent = prepared({**live(config_map(mode="fast"), managedFields=[{}]), "status": {"a": 1}})
    assert sent == config_map(mode="fast")


def test_manifest_is_not_touched_by_its_preparation():
    manifest = config_map(mode="fast")
    prepared(manifest, owner="team-a")
    assert manifest == config_map(mode="fast")


def test_masked_manifest_shows_a_secrets_keys_only():
    assert masked({**secret(password="eA=="), "stringData": {"other": "x"}})["data"] == {"password": HIDDEN}
    assert masked({"kind": "List", "items": [{**secret(), "stringData": {"other": "x"}}]})["items"][0]["stringData"] == {"other": HIDDEN}
    assert masked(config_map(mode="fast")) == config_map(mode="fast")


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        ({"kind": "ConfigMap", "metadata": {"name": "a"}}, "no apiVersion"),
        ({"apiVersion": "v1", "metadata": {"name": "a"}}, "no kind"),
        ({"apiVersion": "v1", "kind": "ConfigMap"}, "no metadata.name"),
        ({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "a-"}}, "no metadata.name"),
    ],
)
def test_incomplete_manifest_is_refused(manifest, words):
    with pytest.raises(Refusal, match=words):
        checked([manifest])


def test_object_declared_twice_is_refused():
    with pytest.raises(Refusal, match="ConfigMap team/settings"):
        checked([config_map(), config_map()])


def test_lists_are_laid_open():
    assert len(checked([{"apiVersion": "v1", "kind": "List", "items": [config_map("a"), config_map("b")]}])) == 2


def test_order_of_creation():
    kinds = ["APIService", "Deployment", "Widget", "ConfigMap", "CustomResourceDefinition", "Namespace"]
    assert sorted(kinds, key=wave_of) == ["Namespace", "CustomResourceDefinition", "ConfigMap", "Deployment", "Widget", "APIService"]


def test_definition_of_custom_resources_is_awaited_whatever_the_task_says():
    definition = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "widgets.example.com"}}
    assert plan_present(definition, ObjectState(), manager=MANAGER, wait=False).steps[0].settle == "ready"
    assert plan_present(config_map(), ObjectState(), manager=MANAGER, wait=False).steps[0].settle is None


def test_absent_deletes_once():
    reference = Reference("v1", "ConfigMap", "settings", "team")
    assert [step.operation for step in plan_absent(reference, ObjectState(live(config_map()))).steps] == ["delete"]
    assert not plan_absent(reference, ObjectState())
    assert not plan_absent(reference, ObjectState(live(config_map(), deletionTimestamp="2026-01-01T00:00:00Z")))


@pytest.mark.parametrize(
    ("api_version", "kind", "path"),
    [
        ("v1", "ConfigMap", "/api/v1/namespaces/team/configmaps/x"),
        ("v1", "Namespace", "/api/v1/namespaces/x"),
        ("apps/v1", "Deployment", "/apis/apps/v1/namespaces/team/deployments/x"),
        ("networking.k8s.io/v1", "NetworkPolicy", "/apis/networking.k8s.io/v1/namespaces/team/networkpolicies/x"),
        ("networking.k8s.io/v1", "Ingress", "/apis/networking.k8s.io/v1/namespaces/team/ingresses/x"),
        ("rbac.authorization.k8s.io/v1", "ClusterRole", "/apis/rbac.authorization.k8s.io/v1/clusterroles/x"),
    ],
)
def test_paths_of_common_kinds(api_version, kind, path):
    assert COMMON[api_version, kind].path(Reference(api_version, kind, "x", "team")) == path


def test_namespace_of_a_reference_is_the_default_one_where_it_says_none():
    assert Kind("v1", "ConfigMap", "configmaps", True).path(Reference("v1", "ConfigMap", "x")) == "/api/v1/namespaces/default/configmaps/x"
