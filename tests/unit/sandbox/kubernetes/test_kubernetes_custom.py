"""Custom resources over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
THINGS = "/apis/x.io/v1/namespaces/default/things"


def definition(**version: Any) -> dict[str, Any]:
    schema = {
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "required": ["size"],
                "properties": {
                    "size": {"type": "integer", "minimum": 1},
                    "mode": {"type": "string", "default": "calm"},
                    "replicas": {"type": "integer"},
                },
            },
            "status": {"type": "object", "properties": {"phase": {"type": "string"}, "replicas": {"type": "integer"}}},
        },
    }
    first = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}, "scale": {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}},
        "additionalPrinterColumns": [{"name": "Size", "type": "integer", "jsonPath": ".spec.size"}],
        **version,
    }
    second = {"name": "v1beta1", "served": True, "storage": False, "schema": {"openAPIV3Schema": schema}}
    names = {"plural": "things", "kind": "Thing", "shortNames": ["th"]}
    spec = {"group": "x.io", "scope": "Namespaced", "names": names, "versions": [first, second]}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "things.x.io"}, "spec": spec}


def thing(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "x.io/v1", "kind": "Thing", "metadata": {"name": "t"}, "spec": {"size": 1, **spec}}


def test_a_definition_is_established_and_served(api: Any) -> None:
    assert api.post(CRDS, definition())[0] == 201
    conditions = api.get(f"{CRDS}/things.x.io")[1]["status"]["conditions"]
    assert {each["type"]: each["status"] for each in conditions} == {"NamesAccepted": "True", "Established": "True"}
    resources = api.get("/apis/x.io/v1")[1]["resources"]
    assert [row["name"] for row in resources] == ["things", "things/status", "things/scale"]
    assert [row["version"] for row in api.get("/apis/x.io")[1]["versions"]] == ["v1", "v1beta1"]


def test_objects_get_defaults_and_lose_unknown_fields(api: Any) -> None:
    api.post(CRDS, definition())
    made = api.post(THINGS, thing(colour="red"))[1]
    assert made["spec"] == {"size": 1, "mode": "calm"}
    code, status = api.post(f"{THINGS}?fieldValidation=Strict", thing(colour="red"))
    assert (code, status["message"]) == (400, 'Thing in version "v1" cannot be handled as a Thing: strict decoding error: unknown field "spec.colour"')


@pytest.mark.parametrize(
    ("finalizer", "custom", "core"),
    [
        pytest.param("resources-finalizer.argocd.argoproj.io", 201, 422, id="a name without a domain"),
        pytest.param("x.io/cleanup", 201, 201, id="a name in a domain"),
        pytest.param("orphan", 201, 201, id="a standard name"),
        pytest.param("not a name", 422, 422, id="no qualified name"),
    ],
)
def test_finalizers_of_custom_resources_need_no_domain(api: Any, finalizer: str, custom: int, core: int) -> None:
    api.post(CRDS, definition())
    held = {"name": "t", "finalizers": [finalizer]}
    assert api.post(THINGS, thing() | {"metadata": held})[0] == custom
    assert api.post("/api/v1/namespaces/default/configmaps", {"metadata": held})[0] == core
    applied = {**thing(), "metadata": {**held, "name": "applied"}}
    assert api.patch("apply", f"{THINGS}/applied?fieldManager=m", applied)[0] == custom


def test_a_finalizer_without_a_domain_is_remarked_on_when_it_comes(api: Any) -> None:
    api.post(CRDS, definition())
    held = thing() | {"metadata": {"name": "t", "finalizers": ["resources-finalizer.argocd.argoproj.io"]}}
    remark = 'metadata.finalizers: "resources-finalizer.argocd.argoproj.io": prefer a domain-qualified finalizer name'
    assert remark in json.loads(api.raw("POST", THINGS, held).headers["Warning"].removeprefix("299 - "))
    assert "Warning" not in api.raw("PATCH", f"{THINGS}/t", {"spec": {"size": 2}}, {"Content-Type": "application/merge-patch+json"}).headers


def test_validation_reads_as_the_real_one(api: Any) -> None:
    api.post(CRDS, definition())
    code, status = api.post(THINGS, thing(size=0))
    assert (code, status["message"]) == (422, 'Thing.x.io "t" is invalid: spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1')
    assert status["details"]["causes"][0]["field"] == "spec.size"


def test_versions_share_their_objects(api: Any) -> None:
    api.post(CRDS, definition())
    api.post(THINGS, thing())
    assert api.get("/apis/x.io/v1beta1/namespaces/default/things/t")[1]["apiVersion"] == "x.io/v1beta1"


def test_status_and_scale(api: Any) -> None:
    api.post(CRDS, definition())
    api.post(THINGS, thing(replicas=1) | {"status": {"phase": "no"}})
    obj = api.patch("merge", f"{THINGS}/t/status", {"spec": {"size": 5}, "status": {"phase": "up", "replicas": 1}})[1]
    assert (obj["spec"]["size"], obj["status"], obj["metadata"]["generation"]) == (1, {"phase": "up", "replicas": 1}, 1)
    assert api.patch("merge", f"{THINGS}/t/scale", {"spec": {"replicas": 3}})[1]["spec"]["replicas"] == 3
    assert api.get(f"{THINGS}/t")[1]["metadata"]["generation"] == 2


def test_no_strategic_merge_for_custom_resources(api: Any) -> None:
    api.post(CRDS, definition())
    api.post(THINGS, thing())
    code, status = api.patch("strategic", f"{THINGS}/t", {"spec": {"size": 2}})
    assert (code, status["reason"]) == (415, "UnsupportedMediaType")
    assert "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml" in status["message"]


def test_updates_name_the_version_that_they_replace(api: Any) -> None:
    api.post(CRDS, definition())
    api.post(THINGS, thing())
    code, status = api.put(f"{THINGS}/t", thing(size=2))
    assert code == 422
    assert "metadata.resourceVersion: Invalid value" in status["message"]


def test_printer_columns(api: Any) -> None:
    api.post(CRDS, definition())
    api.post(THINGS, thing())
    table = api.raw("GET", THINGS, headers={"Accept": "application/json;as=Table;g=meta.k8s.io;v=v1"}).json()
    assert [column["name"] for column in table["columnDefinitions"]] == ["Name", "Size"]
    assert table["rows"][0]["cells"] == ["t", 1]


def test_a_definition_takes_its_objects_along(api: Any) -> None:
    api.post(CRDS, definition())
    api.post(THINGS, thing())
    api.delete(f"{CRDS}/things.x.io")
    assert api.get(f"{CRDS}/things.x.io")[0] == 404
    assert api.get(THINGS)[0] == 404
    api.post(CRDS, definition())
    assert api.get(THINGS)[1]["items"] == []
