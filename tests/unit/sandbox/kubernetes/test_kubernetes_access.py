"""Who one is and what one may do, over HTTP."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

RBAC = "/apis/rbac.authorization.k8s.io/v1"
WHO = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}


@pytest.mark.parametrize(
    ("who", "method", "path", "code"),
    [
        ("viewer", "GET", "/api/v1/namespaces/default/pods", 200),
        ("viewer", "GET", "/api/v1/namespaces/default/secrets", 403),
        ("viewer", "GET", "/api/v1/namespaces/kube-system/pods", 403),
        ("viewer", "GET", "/api/v1/pods", 403),
        ("editor", "GET", "/api/v1/pods", 200),
        ("editor", "GET", "/api/v1/secrets", 200),
        ("editor", "GET", "/api/v1/nodes", 403),
        ("admin", "GET", "/api/v1/nodes", 200),
        ("node", "GET", "/api/v1/nodes", 200),
        ("node", "DELETE", "/api/v1/nodes/n1", 403),
        ("node", "GET", "/apis/apps/v1/deployments", 403),
        ("plain", "GET", "/api/v1/pods", 403),
        ("plain", "GET", "/apis", 200),
        ("nobody", "GET", "/version", 401),
    ],
)
def test_access_policies(eks: Any, who: str, method: str, path: str, code: int) -> None:
    assert eks.call(method, path, token=f"k8s-aws-v1.{who}")[0] == code


def test_a_review_is_remembered(eks: Any, reviews_asked: list[str]) -> None:
    for _ in range(3):
        eks.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", WHO, token="k8s-aws-v1.plain")
    assert len(reviews_asked) <= 1


def test_the_reviewer_is_asked_for_the_cluster(eks: Any, reviews_asked: list[str]) -> None:
    eks.get("/version", token="k8s-aws-v1.unknown")
    assert reviews_asked == ["/_sandbox/clusters/111122223333/us-east-1/eks/tokenreview"]


def test_a_node_joins_and_lives(eks: Any) -> None:
    token = "k8s-aws-v1.node"
    assert eks.post("/api/v1/nodes", {"metadata": {"name": "n1"}}, token)[0] == 201
    assert eks.patch("strategic", "/api/v1/nodes/n1/status", {"status": {"conditions": [{"type": "Ready", "status": "True"}]}}, token)[0] == 200
    assert eks.post("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases", {"metadata": {"name": "n1"}, "spec": {}}, token)[0] == 201
    assert eks.patch("strategic", "/api/v1/nodes/n2/status", {"status": {}}, token)[0] == 403
    assert "taints" not in eks.get("/api/v1/nodes/n1")[1]["spec"]


def test_refusals_read_as_the_real_ones(eks: Any) -> None:
    code, status = eks.get("/apis/apps/v1/namespaces/default/deployments/web", token="k8s-aws-v1.plain")
    assert code == 403
    assert (
        status["message"]
        == 'deployments.apps "web" is forbidden: User "plain" cannot get resource "deployments" in API group "apps" in the namespace "default"'
    )
    assert status["details"] == {"name": "web", "group": "apps", "kind": "deployments"}


def test_without_credentials_one_is_anonymous(api: Any) -> None:
    code, status = api.get("/api/v1/nodes", token="")
    assert (code, status["message"]) == (403, 'nodes is forbidden: User "system:anonymous" cannot list resource "nodes" in API group "" at the cluster scope')
    assert api.get("/readyz", token="") == (200, "ok")


def test_a_wrong_token_is_unauthorized(api: Any) -> None:
    code, status = api.get("/readyz", token="wrong")
    assert (code, status["reason"], status["message"]) == (401, "Unauthorized", "Unauthorized")


def account(api: Any, name: str) -> str:
    """Make a ServiceAccount and return a token for it."""
    accounts = "/api/v1/namespaces/default/serviceaccounts"
    api.post(accounts, {"metadata": {"name": name}})
    token: str = api.post(f"{accounts}/{name}/token", {"spec": {"expirationSeconds": 600}})[1]["status"]["token"]
    return token


def test_a_service_account_is_known_by_its_token(api: Any) -> None:
    token = account(api, "sa")
    review = api.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", WHO, token=token)[1]
    assert review["status"]["userInfo"]["username"] == "system:serviceaccount:default:sa"
    api.delete("/api/v1/namespaces/default/serviceaccounts/sa")
    assert api.get("/version", token=token)[0] == 401


def test_a_token_ends_with_the_secret_that_it_is_bound_to(api: Any) -> None:
    account(api, "sa")
    secrets, tokens = "/api/v1/namespaces/default/secrets", "/api/v1/namespaces/default/serviceaccounts/sa/token"
    reference = {"apiVersion": "v1", "kind": "Secret", "name": "lifeline"}
    assert api.post(tokens, {"spec": {"boundObjectRef": reference}})[1]["message"] == 'secrets "lifeline" not found'
    made = api.post(secrets, {"metadata": {"name": "lifeline"}})[1]
    token = api.post(tokens, {"spec": {"boundObjectRef": {**reference, "uid": made["metadata"]["uid"]}}})[1]["status"]["token"]
    assert api.get("/api/v1/namespaces/default/pods", token=token)[0] == 403
    api.delete(f"{secrets}/lifeline")
    assert api.get("/version", token=token)[0] == 401
    api.post(secrets, {"metadata": {"name": "lifeline"}})
    assert api.get("/version", token=token)[0] == 401
    code, status = api.post(tokens, {"spec": {"boundObjectRef": {**reference, "uid": "another"}}})
    assert (code, status["reason"], status["details"]) == (409, "Conflict", {"name": "lifeline", "kind": "Secret"})
    assert api.post(tokens, {"spec": {"boundObjectRef": {**reference, "kind": "ConfigMap"}}})[1]["message"] == (
        "cannot bind token to object of type /v1, Kind=ConfigMap"
    )


def test_roles_are_evaluated(api: Any) -> None:
    token = account(api, "sa")
    assert api.get("/api/v1/namespaces/default/secrets", token=token)[0] == 403
    api.post(f"{RBAC}/namespaces/default/roles", {"metadata": {"name": "r"}, "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]}]})
    binding = {
        "metadata": {"name": "b"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"},
        "subjects": [{"kind": "ServiceAccount", "name": "sa"}],
    }
    api.post(f"{RBAC}/namespaces/default/rolebindings", binding)
    assert api.get("/api/v1/namespaces/default/secrets", token=token)[0] == 200
    assert api.get("/api/v1/namespaces/default/secrets/x", token=token)[0] == 403
    attributes = {"verb": "list", "resource": "secrets", "namespace": "default"}
    review = api.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {"spec": {"resourceAttributes": attributes}}, token=token)[1]
    assert review["status"]["allowed"] is True


def test_aggregated_roles_gather_rules(api: Any) -> None:
    rule = {"apiGroups": ["x.io"], "resources": ["things"], "verbs": ["get"]}
    labels = {"rbac.authorization.k8s.io/aggregate-to-view": "true"}
    api.post(f"{RBAC}/clusterroles", {"metadata": {"name": "things", "labels": labels}, "rules": [rule]})
    for name in ("view", "edit", "admin"):
        assert rule in api.get(f"{RBAC}/clusterroles/{name}")[1]["rules"]


def test_a_token_secret_is_filled_and_dies_with_its_account(api: Any) -> None:
    api.post("/api/v1/namespaces/default/serviceaccounts", {"metadata": {"name": "sa"}})
    secrets = "/api/v1/namespaces/default/secrets"
    annotations = {"kubernetes.io/service-account.name": "sa"}
    api.post(secrets, {"metadata": {"name": "t", "annotations": annotations}, "type": "kubernetes.io/service-account-token"})
    assert sorted(api.get(f"{secrets}/t")[1]["data"]) == ["ca.crt", "namespace", "token"]
    api.delete("/api/v1/namespaces/default/serviceaccounts/sa")
    assert api.get(f"{secrets}/t")[0] == 404


def test_a_token_review_answers_truthfully(api: Any) -> None:
    token = account(api, "sa")
    reviews = "/apis/authentication.k8s.io/v1/tokenreviews"
    assert api.post(reviews, {"spec": {"token": token}})[1]["status"]["user"]["username"] == "system:serviceaccount:default:sa"
    assert "authenticated" not in api.post(reviews, {"spec": {"token": "x"}})[1]["status"]


def test_faults_and_log(api: Any) -> None:
    running = api.running
    running.faults({"match": "list:nodes", "status": 429, "code": "TooManyRequests", "message": "slow down", "times": 1})
    answer = api.raw("GET", "/api/v1/nodes")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert api.get("/api/v1/nodes")[0] == 200
    running.faults({"match": "create:configmaps", "lost_answer": True, "times": 1})
    with pytest.raises(requests.ConnectionError):
        api.post("/api/v1/namespaces/default/configmaps", {"metadata": {"name": "lost"}})
    assert api.get("/api/v1/namespaces/default/configmaps/lost")[0] == 200
    running.faults()
    mine = [entry for entry in running.writes() if entry["cluster"] == f"clusters/{api.path}"]
    assert [(entry["verb"], entry["resource"], entry["name"]) for entry in mine] == [("create", "configmaps", "")]


def test_the_system_writes_objects(api: Any) -> None:
    manifest = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n9"}, "status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    assert len(api.running.objects(api.path, apply=[manifest])["applied"]) == 1
    assert api.get("/api/v1/nodes/n9")[1]["status"]["conditions"][0]["status"] == "True"
    assert api.running.objects(api.path, delete=[manifest])["deleted"] == 1
    assert api.get("/api/v1/nodes/n9")[0] == 404


def test_the_control_api_wants_its_token(api: Any) -> None:
    answer = api.session.get(f"{api.running.url}/_sandbox/log", headers={"Authorization": f"Bearer {api.running.admin_token}"}, timeout=5)
    assert answer.status_code == 401
    assert api.session.get(f"{api.running.url}/_sandbox/health", timeout=5).json() == {"ok": True}


def test_a_read_is_quick(api: Any) -> None:
    times = []
    for _ in range(50):
        begun = time.perf_counter()
        api.get("/api/v1/namespaces/default")
        times.append(time.perf_counter() - begun)
    assert sorted(times)[25] < 0.05
