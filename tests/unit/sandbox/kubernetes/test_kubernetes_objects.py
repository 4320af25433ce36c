"""Objects over HTTP: create, read, change, delete, and the errors on the way."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from sandbox.kubernetes import service_defaults

MAPS = "/api/v1/namespaces/default/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"


def config_map(name: str = "a", **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def deployment(name: str = "web", **spec: Any) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "c", "image": "nginx:1"}]}}
    spec = {"selector": {"matchLabels": {"app": name}}, "template": template, **spec}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def test_create_get_delete(api: Any) -> None:
    code, made = api.post(MAPS, config_map(k="v"))
    assert code == 201
    assert made["metadata"]["managedFields"][0]["fieldsV1"] == {"f:data": {".": {}, "f:k": {}}}
    assert api.get(f"{MAPS}/a") == (200, made)
    code, status = api.delete(f"{MAPS}/a")
    assert (code, status["status"], status["details"]) == (200, "Success", {"name": "a", "kind": "configmaps", "uid": made["metadata"]["uid"]})
    assert api.get(f"{MAPS}/a")[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "code", "reason", "message"),
    [
        ("GET", f"{MAPS}/x", None, 404, "NotFound", 'configmaps "x" not found'),
        ("GET", f"{DEPLOYMENTS}/x", None, 404, "NotFound", 'deployments.apps "x" not found'),
        ("POST", "/api/v1/namespaces/nope/configmaps", config_map(), 404, "NotFound", 'namespaces "nope" not found'),
        ("POST", "/api/v1/namespaces", {"metadata": {"name": "default"}}, 409, "AlreadyExists", 'namespaces "default" already exists'),
        ("POST", MAPS, {"metadata": {"name": "a", "namespace": "other"}}, 400, "BadRequest", "the namespace of the provided object does not match"),
        ("POST", MAPS, {"metadata": {}}, 422, "Invalid", ' "" is invalid: metadata.name: Required value: name or generateName is required'),
        ("POST", MAPS, config_map("A"), 422, "Invalid", 'ConfigMap "A" is invalid: metadata.name: Invalid value: "A": a lowercase RFC 1123 subdomain must'),
        ("POST", MAPS, {**config_map(), "apiVersion": "v2"}, 400, "BadRequest", 'no kind "ConfigMap" is registered for version "v2"'),
        ("POST", MAPS, {**config_map(), "data": {"a": 1}}, 400, "BadRequest", "json: cannot unmarshal number into Go struct field"),
        ("PUT", f"{MAPS}/b", config_map("a"), 400, "BadRequest", "the name of the object (a) does not match the name on the URL (b)"),
        ("GET", f"{MAPS}?labelSelector=a%20b", None, 400, "BadRequest", "unable to parse requirement"),
        (
            "GET",
            f"{MAPS}?fieldSelector=data.x=1",
            None,
            400,
            "BadRequest",
            '"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
        ),
        ("DELETE", "/api/v1/namespaces/kube-system", None, 403, "Forbidden", 'namespaces "kube-system" is forbidden: this namespace may not be deleted'),
        ("POST", f"{MAPS}?fieldValidation=Strict", {**config_map(), "dota": {}}, 400, "BadRequest", 'strict decoding error: unknown field "dota"'),
    ],
)
def test_refusal(api: Any, method: str, path: str, body: Any, code: int, reason: str, message: str) -> None:
    found, status = api.call(method, path, body)
    assert (found, status["kind"], status["status"], status["reason"], status["code"]) == (code, "Status", "Failure", reason, code)
    assert message in status["message"]


def test_an_unknown_page_is_plain_text_but_below_a_built_in_group(api: Any) -> None:
    assert api.get("/apis/nothing.example.com/v1/things") == (404, "404 page not found\n")
    code, body = api.get("/apis/apps/v1/nothing")
    assert (code, body["message"], body["details"]) == (404, "the server could not find the requested resource", {})


def test_unknown_fields_are_dropped_with_a_warning(api: Any) -> None:
    answer = api.raw("POST", MAPS, {**config_map(), "dota": {}})
    assert answer.headers["Warning"] == '299 - "unknown field \\"dota\\""'
    assert "dota" not in answer.json()


def test_a_stale_version_is_a_conflict(api: Any) -> None:
    made = api.post(MAPS, config_map(k="1"))[1]
    assert api.put(f"{MAPS}/a", {**made, "data": {"k": "2"}})[0] == 200
    code, status = api.put(f"{MAPS}/a", {**made, "data": {"k": "3"}})
    assert (code, status["reason"]) == (409, "Conflict")
    assert status["message"] == (
        'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again'
    )


def test_an_update_that_changes_nothing_keeps_the_version(api: Any) -> None:
    made = api.post(MAPS, config_map(k="1"))[1]
    assert api.put(f"{MAPS}/a", made)[1]["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]


def test_delete_preconditions(api: Any) -> None:
    api.post(MAPS, config_map())
    code, status = api.delete(f"{MAPS}/a", {"preconditions": {"uid": "other"}})
    assert code == 409
    assert "the UID in the precondition (other) does not match the UID in record (" in status["message"]


def test_dry_run_stores_nothing(api: Any) -> None:
    assert api.post(f"{MAPS}?dryRun=All", config_map())[0] == 201
    assert api.get(f"{MAPS}/a")[0] == 404


def test_generated_names(api: Any) -> None:
    made = api.post(MAPS, {"metadata": {"generateName": "x-"}})[1]
    assert made["metadata"]["name"].startswith("x-")
    assert len(made["metadata"]["name"]) == 7


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("merge", {"data": {"b": "2"}}),
        ("strategic", {"data": {"b": "2"}}),
        ("json", [{"op": "add", "path": "/data/b", "value": "2"}]),
    ],
)
def test_patch(api: Any, kind: str, change: Any) -> None:
    api.post(MAPS, config_map(a="1"))
    code, obj = api.patch(kind, f"{MAPS}/a", change)
    assert (code, obj["data"]) == (200, {"a": "1", "b": "2"})


def test_apply_creates_updates_and_conflicts(api: Any) -> None:
    assert api.patch("apply", f"{MAPS}/a?fieldManager=one", config_map(k="1"))[0] == 201
    assert api.patch("apply", f"{MAPS}/a?fieldManager=one", config_map(k="2"))[1]["data"] == {"k": "2"}
    code, status = api.patch("apply", f"{MAPS}/a?fieldManager=two", config_map(k="3"))
    assert (code, status["message"]) == (409, 'Apply failed with 1 conflict: conflict with "one": .data.k')
    assert api.patch("apply", f"{MAPS}/a?fieldManager=two&force=true", config_map(k="3"))[0] == 200


def test_apply_needs_a_manager(api: Any) -> None:
    code, status = api.patch("apply", f"{MAPS}/a", config_map())
    assert (code, status["message"]) == (422, 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch')


def test_applying_the_same_again_keeps_the_version(api: Any) -> None:
    first = api.patch("apply", f"{DEPLOYMENTS}/web?fieldManager=one", deployment())[1]
    settled = api.get(f"{DEPLOYMENTS}/web")[1]
    again = api.patch("apply", f"{DEPLOYMENTS}/web?fieldManager=one", deployment())[1]
    assert first["metadata"]["uid"] == again["metadata"]["uid"]
    assert again["metadata"]["resourceVersion"] == settled["metadata"]["resourceVersion"]


def test_a_deployment_gets_defaults_and_becomes_ready(api: Any) -> None:
    made = api.post(DEPLOYMENTS, deployment(replicas=2))[1]
    assert made["spec"]["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}
    assert made["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] == "IfNotPresent"
    status = api.get(f"{DEPLOYMENTS}/web/status")[1]["status"]
    assert (status["observedGeneration"], status["readyReplicas"]) == (1, 2)


def test_only_the_spec_counts_generations(api: Any) -> None:
    api.post(DEPLOYMENTS, deployment())
    assert api.patch("merge", f"{DEPLOYMENTS}/web", {"metadata": {"labels": {"a": "b"}}})[1]["metadata"]["generation"] == 1
    assert api.patch("merge", f"{DEPLOYMENTS}/web", {"spec": {"replicas": 3}})[1]["metadata"]["generation"] == 2


def test_a_selector_is_immutable_and_must_match(api: Any) -> None:
    wrong = deployment()
    wrong["spec"]["selector"] = {"matchLabels": {"app": "other"}}
    assert "`selector` does not match template `labels`" in api.post(DEPLOYMENTS, wrong)[1]["message"]
    api.post(DEPLOYMENTS, deployment())
    code, status = api.patch("merge", f"{DEPLOYMENTS}/web", {"spec": {"selector": {"matchLabels": {"x": "y"}}}})
    assert code == 422
    assert "field is immutable" in status["message"]


def test_scale(api: Any) -> None:
    api.post(DEPLOYMENTS, deployment(replicas=1))
    assert api.get(f"{DEPLOYMENTS}/web/scale")[1]["status"] == {"replicas": 1, "selector": "app=web"}
    assert api.patch("merge", f"{DEPLOYMENTS}/web/scale", {"spec": {"replicas": 4}})[1]["spec"] == {"replicas": 4}
    assert api.get(f"{DEPLOYMENTS}/web")[1]["spec"]["replicas"] == 4


def test_secrets_turn_string_data_into_data(api: Any) -> None:
    made = api.post("/api/v1/namespaces/default/secrets", {"metadata": {"name": "s"}, "stringData": {"a": "b"}, "immutable": True})[1]
    assert (made["data"], made["type"]) == ({"a": base64.b64encode(b"b").decode()}, "Opaque")
    assert "stringData" not in made
    code, status = api.patch("merge", "/api/v1/namespaces/default/secrets/s", {"stringData": {"a": "c"}})
    assert (code, status["message"]) == (422, 'Secret "s" is invalid: data: Forbidden: field is immutable when `immutable` is set')


def test_lists_are_paged(api: Any) -> None:
    for number in range(5):
        api.post(MAPS, config_map(f"p{number}", k="v") | {"metadata": {"name": f"p{number}", "labels": {"page": "y"}}})
    names, token = [], ""
    while True:
        page = api.get(f"{MAPS}?limit=2&labelSelector=page&continue={token}")[1]
        names += [item["metadata"]["name"] for item in page["items"]]
        token = page["metadata"].get("continue", "")
        if not token:
            break
    assert names == [f"p{number}" for number in range(5)]


def test_a_namespace_takes_its_content_along(api: Any) -> None:
    api.post("/api/v1/namespaces", {"metadata": {"name": "n"}})
    held = config_map("held") | {"metadata": {"name": "held", "finalizers": ["x.io/y"]}}
    api.post("/api/v1/namespaces/n/configmaps", held)
    api.post("/api/v1/namespaces/n/configmaps", config_map())
    assert api.delete("/api/v1/namespaces/n")[1]["status"]["phase"] == "Terminating"
    assert api.get("/api/v1/namespaces/n/configmaps/a")[0] == 404
    code, status = api.post("/api/v1/namespaces/n/configmaps", config_map("late"))
    assert code == 403
    assert status["message"] == ('configmaps "late" is forbidden: unable to create new content in namespace n because it is being terminated')
    assert status["details"]["causes"][0]["reason"] == "NamespaceTerminating"
    api.patch("merge", "/api/v1/namespaces/n/configmaps/held", {"metadata": {"finalizers": None}})
    assert api.get("/api/v1/namespaces/n")[0] == 404


@pytest.mark.parametrize(("policy", "left"), [("Background", 404), ("Foreground", 404), ("Orphan", 200)])
def test_dependents_follow_their_owner(api: Any, policy: str, left: int) -> None:
    uid = api.post(MAPS, config_map("owner"))[1]["metadata"]["uid"]
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": uid, "blockOwnerDeletion": True}
    api.post(MAPS, {"metadata": {"name": "child", "ownerReferences": [reference]}})
    api.delete(f"{MAPS}/owner", {"propagationPolicy": policy})
    code, child = api.get(f"{MAPS}/child")
    assert code == left
    assert api.get(f"{MAPS}/owner")[0] == 404
    assert "ownerReferences" not in child.get("metadata", {})


@pytest.mark.parametrize("policy", ["Foreground", "Orphan"])
def test_an_owner_of_nothing_ends_at_once_whatever_the_policy(api: Any, policy: str) -> None:
    api.post(MAPS, config_map("alone"))
    answer = api.delete(f"{MAPS}/alone", {"propagationPolicy": policy})[1]
    assert answer["metadata"]["finalizers"] == [{"Foreground": "foregroundDeletion", "Orphan": "orphan"}[policy]]
    assert api.get(f"{MAPS}/alone")[0] == 404


@pytest.mark.parametrize(("blocks", "owner"), [(True, 200), (False, 404)])
def test_an_owner_in_the_foreground_waits_for_dependents_that_block_it(api: Any, blocks: bool, owner: int) -> None:
    uid = api.post(MAPS, config_map("owner"))[1]["metadata"]["uid"]
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": uid, "blockOwnerDeletion": blocks}
    api.post(MAPS, {"metadata": {"name": "child", "finalizers": ["x.io/y"], "ownerReferences": [reference]}})
    api.delete(f"{MAPS}/owner", {"propagationPolicy": "Foreground"})
    assert "deletionTimestamp" in api.get(f"{MAPS}/child")[1]["metadata"]
    assert api.get(f"{MAPS}/owner")[0] == owner
    api.patch("merge", f"{MAPS}/child", {"metadata": {"finalizers": None}})
    assert [api.get(f"{MAPS}/{name}")[0] for name in ("child", "owner")] == [404, 404]


def test_a_pod_with_time_to_end_ends_as_its_node_would_end_it(api: Any) -> None:
    pods = "/api/v1/namespaces/default/pods"
    api.post(pods, pod("a"))
    assert api.delete(f"{pods}/a")[1]["metadata"]["deletionGracePeriodSeconds"] == 30
    assert api.get(f"{pods}/a")[0] == 404


def test_finalizers_hold_an_object(api: Any) -> None:
    api.post(MAPS, {"metadata": {"name": "a", "finalizers": ["x.io/y"]}})
    assert "deletionTimestamp" in api.delete(f"{MAPS}/a")[1]["metadata"]
    assert api.patch("merge", f"{MAPS}/a", {"metadata": {"finalizers": ["x.io/y", "x.io/z"]}})[0] == 422
    api.patch("merge", f"{MAPS}/a", {"metadata": {"finalizers": []}})
    assert api.get(f"{MAPS}/a")[0] == 404


def test_delete_collection(api: Any) -> None:
    for name in ("a", "b"):
        api.post(MAPS, {"metadata": {"name": name, "labels": {"x": name}}})
    assert api.delete(f"{MAPS}?labelSelector=x=a")[0] == 200
    assert [item["metadata"]["name"] for item in api.get(f"{MAPS}?labelSelector=x")[1]["items"]] == ["b"]


def pod(name: str, **labels: str) -> dict[str, Any]:
    return {"metadata": {"name": name, "labels": labels}, "spec": {"nodeName": "n1", "containers": [{"name": "c", "image": "i"}]}}


def test_eviction_honours_disruption_budgets(api: Any) -> None:
    pods = "/api/v1/namespaces/default/pods"
    api.post(pods, pod("a", app="x"))
    budget = {"metadata": {"name": "b"}, "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "x"}}}}
    api.post("/apis/policy/v1/namespaces/default/poddisruptionbudgets", budget)
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "a"}}
    code, status = api.post(f"{pods}/a/eviction", eviction)
    assert (code, status["reason"]) == (429, "TooManyRequests")
    assert status["message"] == "Cannot evict pod as it would violate the pod's disruption budget."
    api.post(pods, pod("b", app="x"))
    assert api.post(f"{pods}/a/eviction", eviction)[0] == 201
    assert api.get(f"{pods}/a")[0] == 404


def test_table_and_partial_metadata(api: Any) -> None:
    api.post(DEPLOYMENTS, deployment(replicas=1))
    accept = "application/json;as=Table;g=meta.k8s.io;v=v1,application/json"
    table = api.raw("GET", DEPLOYMENTS, headers={"Accept": accept}).json()
    assert [column["name"] for column in table["columnDefinitions"]][:4] == ["Name", "Ready", "Up-to-date", "Available"]
    assert table["rows"][0]["cells"][:4] == ["web", "1/1", 1, 1]
    accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
    partial = api.raw("GET", DEPLOYMENTS, headers={"Accept": accept}).json()
    assert (partial["kind"], list(partial["items"][0])) == ("PartialObjectMetadataList", ["kind", "apiVersion", "metadata"])


def test_protobuf_bodies(api: Any) -> None:
    def field(number: int, data: bytes) -> bytes:
        return bytes([number << 3 | 2, len(data)]) + data

    kind = field(1, b"v1") + field(2, b"Secret")
    secret = field(1, field(1, b"s")) + field(2, field(1, b"k") + field(2, b"v")) + field(3, b"Opaque")
    body = b"k8s\x00" + field(1, kind) + field(2, secret)
    answer = api.raw("POST", "/api/v1/namespaces/default/secrets", body, {"Content-Type": "application/vnd.kubernetes.protobuf"})
    assert (answer.status_code, answer.json()["data"]) == (201, {"k": base64.b64encode(b"v").decode()})


def test_yaml_bodies(api: Any) -> None:
    answer = api.raw("POST", MAPS, "metadata: {name: a}\ndata: {k: v}\n", {"Content-Type": "application/yaml"})
    assert answer.json()["data"] == {"k": "v"}


def test_events_are_served_in_both_groups(api: Any) -> None:
    involved = {"kind": "Pod", "name": "p", "namespace": "default"}
    api.post("/api/v1/namespaces/default/events", {"metadata": {"name": "e"}, "involvedObject": involved, "message": "hi", "reason": "R"})
    found = api.get("/apis/events.k8s.io/v1/namespaces/default/events/e")[1]
    assert (found["note"], found["regarding"]) == ("hi", involved)


def test_the_python_client(api: Any) -> None:
    from kubernetes import client

    with api.running.client(api.path) as connection:
        core = client.CoreV1Api(connection)
        core.create_namespaced_config_map("default", client.V1ConfigMap(metadata=client.V1ObjectMeta(name="py"), data={"a": "b"}))
        assert core.read_namespaced_config_map("py", "default").data == {"a": "b"}
        core.delete_namespaced_config_map("py", "default")
        with pytest.raises(client.ApiException, match="404"):
            core.read_namespaced_config_map("py", "default")


ROLES = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles"
SECRETS = "/api/v1/namespaces/default/secrets"
NO_IMAGE = {"spec": {"containers": [{"name": "c"}]}}


@pytest.mark.parametrize(
    ("path", "body", "code", "message"),
    [
        pytest.param(MAPS, config_map(**{"a b": "c"}), 422, 'ConfigMap "a" is invalid: data[a b]: Invalid value: "a b": a valid config key must', id="key"),
        pytest.param(SECRETS, {"metadata": {"name": "s"}, "data": {"a": "%"}}, 400, "illegal base64 data at input byte 0", id="base64"),
        pytest.param(
            SECRETS, {"metadata": {"name": "s"}, "type": "kubernetes.io/tls"}, 422, "[data[tls.crt]: Required value, data[tls.key]: Required value]", id="tls"
        ),
        pytest.param("/api/v1/namespaces/default/pods", {"metadata": {"name": "p"}, **NO_IMAGE}, 422, "spec.containers[0].image: Required value", id="image"),
        pytest.param("/api/v1/namespaces/default/services", {"metadata": {"name": "s"}, "spec": {}}, 422, "spec.ports: Required value", id="ports"),
        pytest.param(DEPLOYMENTS, deployment(replicas=-1), 422, "spec.replicas: Invalid value: -1: must be greater than or equal to 0", id="replicas"),
        pytest.param(
            ROLES, {"metadata": {"name": "r"}, "rules": [{"apiGroups": [""], "resources": ["x"]}]}, 422, "verbs must contain at least one value", id="verbs"
        ),
    ],
)
def test_content_is_checked(api: Any, path: str, body: Any, code: int, message: str) -> None:
    found, status = api.post(path, body)
    assert found == code
    assert message in status["message"]


FRONT_DOOR = {
    "service": "/api/v1/namespaces/default/services/kubernetes",
    "endpoints": "/api/v1/namespaces/default/endpoints/kubernetes",
    "slice": "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes",
}


def test_the_api_server_is_a_service_itself(api: Any) -> None:
    service, endpoints, found = (api.get(path)[1] for path in FRONT_DOOR.values())
    assert (service["spec"]["clusterIP"], service["spec"]["ports"][0]["port"]) == (str(next(service_defaults.NETWORK.hosts())), 443)
    addresses = [each["ip"] for each in endpoints["subsets"][0]["addresses"]]
    assert [address for each in found["endpoints"] for address in each["addresses"]] == addresses
    assert (found["metadata"]["labels"], len(addresses)) == ({"kubernetes.io/service-name": "kubernetes"}, 2)


@pytest.mark.parametrize("path", FRONT_DOOR.values(), ids=FRONT_DOOR)
def test_the_api_servers_service_comes_back(api: Any, path: str) -> None:
    uid = api.get(path)[1]["metadata"]["uid"]
    assert api.delete(path)[0] == 200
    code, again = api.get(path)
    assert (code, again["metadata"]["uid"] != uid) == (200, True)


def test_other_services_get_other_addresses(api: Any) -> None:
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"ports": [{"port": 80}]}}
    made = api.post("/api/v1/namespaces/default/services", service)[1]
    assert made["spec"]["clusterIP"] != api.get(FRONT_DOOR["service"])[1]["spec"]["clusterIP"]
