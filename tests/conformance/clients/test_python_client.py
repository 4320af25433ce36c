"""The kubernetes package does the same things on the embedded API and on a real one, and gets the same objects and errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client, dynamic, watch
from kubernetes.client.rest import ApiException

from tests.conformance.clients.script import make_namespace, on_both, plain
from tests.conformance.kubernetes.backends import Backend

Api = client.ApiClient
_LABELS = {"app": "web"}
_TEMPLATE = {"metadata": {"labels": _LABELS}, "spec": {"containers": [{"name": "main", "image": "nginx:1"}]}}


def _settings(name: str, **data: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "labels": _LABELS}, "data": data}


def objects(api: Api, namespace: str) -> list[Any]:
    core = client.CoreV1Api(api)
    made = core.create_namespaced_config_map(namespace, _settings("a", x="1"))
    patched = core.patch_namespaced_config_map("a", namespace, {"data": {"y": "2", "x": None}})
    replaced = core.replace_namespaced_config_map("a", namespace, _settings("a", z="3"))
    gone = core.delete_namespaced_config_map("a", namespace)
    return [made, patched, replaced, gone, [each.metadata.name for each in core.list_namespaced_config_map(namespace).items]]


def pages(api: Api, namespace: str) -> list[Any]:
    core = client.CoreV1Api(api)
    for name in "abc":
        core.create_namespaced_secret(namespace, {"metadata": {"name": name, "labels": _LABELS}, "stringData": {"k": name}})
    first = core.list_namespaced_secret(namespace, limit=2)
    rest = core.list_namespaced_secret(namespace, limit=2, _continue=first.metadata._continue)
    chosen = core.list_namespaced_secret(namespace, label_selector="app=web", field_selector="metadata.name!=b")
    return [[each.metadata.name for each in listed.items] for listed in (first, rest, chosen)] + [first.metadata.remaining_item_count, first.items[0].data]


def errors(api: Api, namespace: str) -> list[Any]:
    core, apps = client.CoreV1Api(api), client.AppsV1Api(api)
    core.create_namespaced_config_map(namespace, _settings("a"))
    return [
        _refusal(core.read_namespaced_config_map, "nothing", namespace),
        _refusal(core.create_namespaced_config_map, namespace, _settings("a")),
        _refusal(core.create_namespaced_config_map, namespace, _settings("Not_A_Name")),
        _refusal(core.create_namespaced_config_map, "no-such-namespace", _settings("b")),
        _refusal(apps.create_namespaced_deployment, namespace, {"metadata": {"name": "d"}, "spec": {"selector": {}, "template": _TEMPLATE}}),
        _refusal(core.delete_namespaced_config_map, "a", namespace, body={"preconditions": {"uid": "0a0a0a0a-0000-4000-8000-000000000000"}}),
    ]


def _refusal(call: Callable[..., Any], *args: Any, **kwargs: Any) -> list[Any]:
    with pytest.raises(ApiException) as caught:
        call(*args, **kwargs)
    return [caught.value.status, caught.value.reason, json.loads(caught.value.body)]


def watching(api: Api, namespace: str) -> list[Any]:
    core = client.CoreV1Api(api)
    version = core.list_namespaced_config_map(namespace).metadata.resource_version
    core.create_namespaced_config_map(namespace, _settings("a", x="1"))
    core.patch_namespaced_config_map("a", namespace, {"data": {"x": "2"}})
    core.delete_namespaced_config_map("a", namespace)
    stream = watch.Watch().stream(core.list_namespaced_config_map, namespace, resource_version=version, timeout_seconds=1)
    return [[event["type"], event["object"].metadata.name, event["object"].data] for event in stream]


def workloads(api: Api, namespace: str) -> list[Any]:
    apps = client.AppsV1Api(api)
    made = apps.create_namespaced_deployment(
        namespace, {"metadata": {"name": "web"}, "spec": {"replicas": 2, "selector": {"matchLabels": _LABELS}, "template": _TEMPLATE}}
    )
    scaled = apps.patch_namespaced_deployment_scale("web", namespace, {"spec": {"replicas": 5}})
    changed = apps.patch_namespaced_deployment("web", namespace, {"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "nginx:2"}]}}}})
    return [made.spec, scaled.spec, changed.spec, changed.metadata.generation]


def dynamically(api: Api, namespace: str) -> list[Any]:
    services = dynamic.DynamicClient(api).resources.get(api_version="v1", kind="Service")
    spec = {"clusterIP": "None", "sessionAffinity": "None", "ports": [{"port": 80}]}
    body = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s", "namespace": namespace}, "spec": spec}
    first = services.server_side_apply(body=body, namespace=namespace, field_manager="one")
    refused = _refusal_of(services.server_side_apply, body={**body, "spec": {**spec, "sessionAffinity": "ClientIP"}}, namespace=namespace, field_manager="two")
    return [first.spec.to_dict(), refused, services.get(name="s", namespace=namespace).metadata.labels, services.delete(name="s", namespace=namespace).kind]


def _refusal_of(call: Callable[..., Any], **kwargs: Any) -> list[Any]:
    with pytest.raises(dynamic.exceptions.DynamicApiError) as caught:
        call(**kwargs)
    return [caught.value.status, caught.value.reason, json.loads(caught.value.body)]


def access(api: Api, namespace: str) -> list[Any]:
    core, rbac, reviews = client.CoreV1Api(api), client.RbacAuthorizationV1Api(api), client.AuthorizationV1Api(api)
    rbac.create_namespaced_role(namespace, {"metadata": {"name": "r"}, "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]})
    token = core.create_namespaced_service_account_token("default", namespace, {"spec": {"expirationSeconds": 3600, "audiences": ["here"]}})
    asked = {"spec": {"user": "jane", "resourceAttributes": {"namespace": namespace, "verb": "get", "resource": "pods"}}}
    return [token.spec.audiences, token.spec.expiration_seconds, token.status.token.count("."), reviews.create_subject_access_review(asked).status.allowed]


CASES = (objects, pages, errors, watching, workloads, dynamically, access)


@pytest.mark.conformance(part="clients", backend="embedded against kube-apiserver")
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"python: {case.__name__}")
def test_the_python_client_gets_the_same(case: Callable[[Api, str], list[Any]], embedded: Backend, real: Backend, tmp_path: Path) -> None:
    ours, theirs = on_both(lambda backend: _seen(case, backend, tmp_path), embedded, real)
    assert ours == theirs


def _seen(case: Callable[[Api, str], list[Any]], backend: Backend, folder: Path) -> list[str]:
    """Return what a case got, as lines of JSON."""
    namespace = f"python-{case.__name__}"
    make_namespace(backend, namespace)
    with _client(backend) as api:
        found = api.sanitize_for_serialization(case(api, namespace))
    return plain(json.dumps(_unmanaged(found), indent=1, sort_keys=True), backend, folder).splitlines()


def _client(backend: Backend) -> Api:
    configuration = client.Configuration(host=backend.url)
    configuration.ssl_ca_cert = str(backend.ca)
    configuration.api_key = {"authorization": f"Bearer {backend.token}"}
    return client.ApiClient(configuration)


def _unmanaged(found: Any) -> Any:
    """Leave out managedFields, whose order is of time: the cases of the part `kubernetes` compare them."""
    if isinstance(found, dict):
        return {key: _unmanaged(value) for key, value in found.items() if key != "managedFields"}
    return [_unmanaged(each) for each in found] if isinstance(found, list) else found
