"""Who still needs a registration, and in which order all of it goes."""

from __future__ import annotations

import base64

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._argocd.applications import FOREGROUND, cascading, plan_absent, selecting, selects, targeting
from ansible_collections.fleetops.eks.plugins.module_utils._argocd.cluster import TYPE_LABEL, ClusterState
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan

SERVER = "https://api.edge.example"


def registration(**labels):
    data = {"server": SERVER, "name": "edge"}
    secret = {
        "metadata": {"name": "cluster-edge", "labels": {TYPE_LABEL: "cluster", **labels}},
        "data": {key: base64.b64encode(text.encode()).decode() for key, text in data.items()},
    }
    return ClusterState.from_api(secret, "fleetops.eks")


def application(name, /, *, generator=None, **destination):
    owners = [{"kind": "ApplicationSet", "name": generator}] if generator else []
    return {"metadata": {"name": name, "namespace": "argocd", "ownerReferences": owners}, "spec": {"destination": destination}}


def application_set(name, *generators):
    return {"metadata": {"name": name}, "spec": {"generators": list(generators)}}


def test_applications_are_found_by_server_and_by_name():
    objects = [application("a", server=SERVER + "/"), application("b", name="edge"), application("c", server="https://other"), application("d", name="other")]
    assert [found.name for found in targeting(objects, [registration()])] == ["a", "b"]


@pytest.mark.parametrize(
    ("selector", "result"),
    [
        ({}, True),
        ({"matchLabels": {"tier": "prod"}}, True),
        ({"matchLabels": {"tier": "stage"}}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "In", "values": ["prod", "stage"]}]}, True),
        ({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["prod"]}]}, False),
        ({"matchExpressions": [{"key": "missing", "operator": "NotIn", "values": ["prod"]}]}, True),
        ({"matchExpressions": [{"key": "tier", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}, False),
        ({"matchLabels": {"tier": "prod"}, "matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "typo"}]}, False),
    ],
)
def test_label_selectors(selector, result):
    assert selects(selector, {"tier": "prod"}) is result


def test_application_sets_are_found_inside_matrix_and_merge_generators():
    clusters = {"clusters": {"selector": {"matchLabels": {"tier": "prod"}}}}
    sets = [
        application_set("direct", clusters),
        application_set("all", {"clusters": {}}),
        application_set("matrix", {"matrix": {"generators": [{"git": {}}, clusters]}}),
        application_set("merge", {"merge": {"generators": [clusters, {"list": {}}]}}),
        application_set("other", {"clusters": {"selector": {"matchLabels": {"tier": "stage"}}}}),
        application_set("lists", {"list": {}}),
    ]
    assert selecting(sets, [registration(tier="prod")]) == ("all", "direct", "matrix", "merge")


def absent(mode, *objects, selected_by=()):
    return plan_absent([registration()], targeting(objects, [registration()]), selected_by, mode)


def test_registration_that_nobody_needs_is_deleted():
    assert [step.operation for step in absent("refuse").steps] == ["delete"]


def test_nothing_registered_is_no_plan():
    assert plan_absent([], (), (), "refuse") == Plan()


def test_registration_that_applications_need_is_refused_naming_them():
    with pytest.raises(Refusal, match="argocd/a"):
        absent("refuse", application("a", server=SERVER))


def test_applications_are_deleted_before_the_registration():
    plan = absent("delete", application("a", server=SERVER), application("b", name="edge"))
    assert [step.operation for step in plan.steps] == ["delete_application", "delete_application", "delete"]
    assert len(plan.waves()) == 2


def test_applications_that_a_set_would_make_again_are_refused():
    with pytest.raises(Refusal, match="ApplicationSets platform make argocd/a again"):
        absent("delete", application("a", server=SERVER, generator="platform"))


def test_orphaned_applications_go_after_the_registration():
    """Once the registration is gone no ApplicationSet makes them again."""
    plan = absent("orphan", application("a", server=SERVER, generator="platform"))
    assert [step.operation for step in plan.steps] == ["delete", "orphan_application"]


def test_application_sets_that_select_the_cluster_are_a_warning():
    assert "platform select this cluster" in absent("refuse", selected_by=("platform",)).warnings[0]


@pytest.mark.parametrize(
    ("finalizers", "result"),
    [
        ([], [FOREGROUND]),
        (["other.example/x"], ["other.example/x", FOREGROUND]),
        (["resources-finalizer.argocd.argoproj.io"], None),
        (["resources-finalizer.argocd.argoproj.io/background"], None),
    ],
)
def test_deletion_that_cascades_keeps_the_other_finalizers(finalizers, result):
    assert cascading(finalizers) == result
