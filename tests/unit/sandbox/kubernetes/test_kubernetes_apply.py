"""Field ownership: updates, server-side apply, conflicts, and what is pruned."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kubernetes import apply, fieldsets
from sandbox.kubernetes.apply import Manager, Ownership
from sandbox.kubernetes.errors import ApiError
from sandbox.kubernetes.kinds import builtin_kind
from sandbox.kubernetes.resets import reset_fields
from sandbox.kubernetes.types import builtin_types

Object = dict[str, Any]
TYPES = builtin_types()


def ownership(api_version: str = "v1", kind: str = "ConfigMap") -> Ownership:
    found = builtin_kind(api_version, kind)
    return Ownership(TYPES, TYPES.of(found), reset_fields(found), "2026-01-01T00:00:00Z")


def config_map(**data: str) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": data}


def deployment(**spec: Any) -> Object:
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": spec}


def containers(*items: Object) -> Object:
    return {"template": {"spec": {"containers": list(items)}}}


def applier(name: str = "one", api_version: str = "v1") -> Manager:
    return Manager(name, "Apply", api_version)


def updater(name: str = "two", api_version: str = "v1") -> Manager:
    return Manager(name, "Update", api_version)


def applied(live: Object, config: Object, manager: Manager, force: bool = False, rules: Ownership | None = None) -> Object:
    return (rules or ownership()).apply(live, config, apply.entries_of(live), manager, force)


def owned(obj: Object, name: str) -> Object:
    return next(item["fieldsV1"] for item in obj["metadata"]["managedFields"] if item["manager"] == name)


def test_an_applier_owns_the_leaves_that_it_said() -> None:
    obj = applied({"metadata": {}}, config_map(a="1"), applier())
    assert owned(obj, "one") == {"f:data": {"f:a": {}}}


def test_a_field_no_longer_said_goes() -> None:
    obj = applied({"metadata": {}}, config_map(a="1", b="2"), applier())
    assert applied(obj, config_map(a="1"), applier())["data"] == {"a": "1"}


def test_a_field_that_another_owns_too_stays() -> None:
    obj = applied({"metadata": {}}, config_map(a="1", b="2"), applier())
    obj = applied(obj, config_map(b="2"), applier("other"))
    assert applied(obj, config_map(a="1"), applier())["data"] == {"a": "1", "b": "2"}


def test_another_value_is_a_conflict() -> None:
    obj = applied({"metadata": {}}, config_map(a="1"), applier())
    with pytest.raises(ApiError) as caught:
        applied(obj, config_map(a="2"), applier("other"))
    assert caught.value.code == 409
    assert caught.value.message == 'Apply failed with 1 conflict: conflict with "one": .data.a'
    assert caught.value.details == {"causes": [{"reason": "FieldManagerConflict", "message": 'conflict with "one"', "field": ".data.a"}]}


def test_several_conflicts_are_listed_by_manager() -> None:
    obj = applied({"metadata": {}}, config_map(a="1", b="1"), applier())
    with pytest.raises(ApiError) as caught:
        applied(obj, config_map(a="2", b="2"), applier("other"))
    assert caught.value.message == 'Apply failed with 2 conflicts: conflicts with "one":\n- .data.a\n- .data.b'


def test_an_update_manager_is_named_with_its_version() -> None:
    live = ownership().created({"metadata": {}}, config_map(a="1"), updater())
    with pytest.raises(ApiError) as caught:
        applied(live, config_map(a="2"), applier())
    assert 'conflict with "two" using v1: .data.a' in caught.value.message


def test_force_takes_the_field_over() -> None:
    obj = applied({"metadata": {}}, config_map(a="1"), applier())
    obj = applied(obj, config_map(a="2"), applier("other"), force=True)
    assert obj["data"] == {"a": "2"}
    assert [item["manager"] for item in obj["metadata"]["managedFields"]] == ["other"]


def test_the_same_value_is_shared() -> None:
    obj = applied({"metadata": {}}, config_map(a="1"), applier())
    obj = applied(obj, config_map(a="1"), applier("other"))
    assert sorted(item["manager"] for item in obj["metadata"]["managedFields"]) == ["one", "other"]


def test_applying_twice_changes_nothing() -> None:
    obj = applied({"metadata": {}}, config_map(a="1"), applier())
    assert applied(obj, config_map(a="1"), applier()) == obj


def test_keyed_lists_merge_by_key() -> None:
    rules, one = ownership("apps/v1", "Deployment"), applier("one", "apps/v1")
    obj = applied({"metadata": {}}, deployment(**containers({"name": "a", "image": "1"})), one, rules=rules)
    obj = applied(obj, deployment(**containers({"name": "b", "image": "1"})), applier("two", "apps/v1"), rules=rules)
    assert [each["name"] for each in obj["spec"]["template"]["spec"]["containers"]] == ["a", "b"]


def test_an_item_no_longer_said_goes_from_a_keyed_list() -> None:
    rules, one = ownership("apps/v1", "Deployment"), applier("one", "apps/v1")
    obj = applied({"metadata": {}}, deployment(replicas=1, **containers({"name": "a", "image": "1"}, {"name": "b", "image": "1"})), one, rules=rules)
    obj = applied(obj, deployment(replicas=1, **containers({"name": "b", "image": "1"})), one, rules=rules)
    assert obj["spec"]["template"]["spec"]["containers"] == [{"name": "b", "image": "1"}]


def test_ports_are_told_apart_by_the_default_protocol_too() -> None:
    rules, one = ownership("apps/v1", "Deployment"), applier("one", "apps/v1")
    obj = applied({"metadata": {}}, deployment(**containers({"name": "a", "ports": [{"containerPort": 80}]})), one, rules=rules)
    ports = owned(obj, "one")["f:spec"]["f:template"]["f:spec"]["f:containers"]['k:{"name":"a"}']["f:ports"]
    assert list(ports) == ['k:{"containerPort":80,"protocol":"TCP"}']


def test_sets_unite_and_shrink() -> None:
    def finalizers(*names: str) -> Object:
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "finalizers": list(names)}, "data": {"k": "v"}}

    obj = applied({"metadata": {}}, finalizers("x/a", "x/b"), applier())
    obj = applied(obj, finalizers("x/c"), applier("other"))
    assert obj["metadata"]["finalizers"] == ["x/a", "x/b", "x/c"]
    assert applied(obj, finalizers("x/b"), applier())["metadata"]["finalizers"] == ["x/b", "x/c"]


METADATA: dict[str, Any] = {
    "finalizers": ["x/a"],
    "labels": {"a": "b"},
    "annotations": {"a": "b"},
    "ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": "u"}],
}


@pytest.mark.parametrize("key", METADATA)
def test_the_last_of_a_part_of_metadata_goes_alone(key: str) -> None:
    said = {**config_map(a="1"), "metadata": {"name": "c", key: METADATA[key]}}
    live = {"metadata": {"name": "c", "namespace": "n", "uid": "u", "creationTimestamp": "t", "resourceVersion": "1"}}
    obj = applied(live, said, applier())
    assert obj["metadata"][key] == METADATA[key]
    left = applied(obj, config_map(a="1"), applier())
    assert apply.without_managed_fields(left)["metadata"] == live["metadata"]
    assert owned(left, "one") == {"f:data": {"f:a": {}}}


@pytest.mark.parametrize("key", METADATA)
def test_an_applier_that_says_no_more_than_the_name_manages_nothing(api: Any, key: str) -> None:
    path, bare = "/api/v1/namespaces/default/configmaps/c?fieldManager=one", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}
    assert api.patch("apply", path, {**bare, "metadata": {"name": "c", key: METADATA[key]}})[0] == 201
    code, obj = api.patch("apply", path, bare)
    assert (code, obj["metadata"].keys()) == (200, {"name", "namespace", "uid", "creationTimestamp", "resourceVersion"})


def test_the_system_applies_over_a_daemon_set_with_more_metadata_and_status(api: Any) -> None:
    labels = {"k8s-app": "cilium"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "agent", "image": "cilium:1"}]}}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    bare = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "cilium", "namespace": "kube-system"}, "spec": spec}
    full = {**bare, "metadata": {**bare["metadata"], "labels": labels, "annotations": {"a": "b"}}, "status": {"numberReady": 2, "conditions": []}}
    api.running.objects(api.path, apply=[full])
    answer = api.running.objects(api.path, apply=[{**bare, "status": {}}, bare])
    assert [obj["metadata"]["name"] for obj in answer["applied"]] == ["cilium", "cilium"]
    obj = api.get("/apis/apps/v1/namespaces/kube-system/daemonsets/cilium")[1]
    assert ("labels" in obj["metadata"], obj["metadata"]["uid"]) == (False, answer["applied"][0]["metadata"]["uid"])
    assert obj["status"]["numberReady"] == 0


def test_an_update_takes_fields_from_their_applier() -> None:
    obj = applied({"metadata": {}}, config_map(a="1", b="1"), applier())
    changed = {**obj, "data": {"a": "2", "b": "1"}}
    obj = ownership().update(obj, changed, apply.entries_of(obj), updater())
    assert owned(obj, "one") == {"f:data": {"f:b": {}}}
    assert owned(obj, "two") == {"f:data": {"f:a": {}}}


def test_status_belongs_to_its_subresource() -> None:
    rules = ownership("apps/v1", "Deployment")
    obj = rules.created({"metadata": {}, "status": {}}, {**deployment(replicas=1), "status": {"replicas": 1}}, updater(api_version="apps/v1"))
    assert "f:status" not in owned(obj, "two")


def test_beyond_ten_update_managers_the_oldest_are_merged() -> None:
    obj = ownership().created({"metadata": {}}, config_map(k="v"), updater("m"))
    for number in range(11):
        changed = {**obj, "data": {**obj.get("data", {}), f"k{number}": "v"}}
        obj = ownership().update(obj, changed, apply.entries_of(obj), updater(f"m{number}"))
    names = [item["manager"] for item in obj["metadata"]["managedFields"]]
    assert len(names) == 10
    assert apply.ANCIENT in names


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"f:data": {".": {}, "f:a": {}}}, id="a map and its entry"),
        pytest.param({"f:spec": {"f:ports": {'k:{"port":80}': {".": {}, "f:port": {}}}}}, id="an item"),
        pytest.param({"f:metadata": {"f:finalizers": {".": {}, 'v:"a"': {}}}}, id="a set"),
    ],
)
def test_fields_v1_round_trip(fields: Object) -> None:
    assert fieldsets.to_fields_v1(fieldsets.from_fields_v1(fields)) == fields


def test_paths_read_as_messages_show_them() -> None:
    assert fieldsets.path_text(("f:spec", "f:containers", 'k:{"name":"a"}', "f:image")) == '.spec.containers[name="a"].image'
    assert fieldsets.path_text(("f:metadata", "f:finalizers", 'v:"x"')) == '.metadata.finalizers[="x"]'


def test_what_nobody_manages_stays_so_under_updates() -> None:
    """A real server starts to track with the first apply, or at the creation."""
    assert "managedFields" not in ownership().update({"metadata": {"uid": "1"}}, config_map(a="1"), {}, updater())["metadata"]
