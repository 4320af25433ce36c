"""The virtual kinds that answer questions about who one is and what one may do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.kubernetes import authn, authz, rbac
from sandbox.kubernetes.authn import Authenticator, User
from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.errors import ApiError, Cause, bad_request
from sandbox.kubernetes.kinds import Kind
from sandbox.kubernetes.rbac import Attempt

Object = dict[str, Any]
Answer = Callable[[Authenticator, Cluster, User, Kind, str, Object], Object]


def answer(authenticator: Authenticator, cluster: Cluster, user: User, kind: Kind, namespace: str, body: Object) -> Object:
    """Return the review with its status."""
    status = _ANSWERS[kind.plural](authenticator, cluster, user, kind, namespace, body)
    metadata = dict(body.get("metadata") or {})
    if kind.plural == "selfsubjectreviews":
        metadata["creationTimestamp"] = cluster.now()
    if kind.plural == "selfsubjectrulesreviews":
        body, metadata = {"spec": {}}, {}
    if namespace:
        metadata["namespace"] = namespace
    return {**body, "kind": kind.kind, "apiVersion": kind.api_version, "metadata": metadata, "status": status}


def _self(authenticator: Authenticator, cluster: Cluster, user: User, kind: Kind, namespace: str, body: Object) -> Object:
    return {"userInfo": user.info()}


def _token(authenticator: Authenticator, cluster: Cluster, user: User, kind: Kind, namespace: str, body: Object) -> Object:
    return authn.review(authenticator, cluster, body.get("spec") or {})


def _attempt(kind: Kind, spec: Object) -> Attempt:
    resource: Object | None = spec.get("resourceAttributes")
    url: Object | None = spec.get("nonResourceAttributes")
    if (resource is None) == (url is None):
        words = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        raise _nameless([Cause("FieldValueInvalid", "spec.resourceAttributes", f"Invalid value: null: {words}")])
    if url is not None:
        return Attempt(verb=url.get("verb", ""), path=url.get("path", ""))
    wanted = resource or {}
    keys = ("verb", "group", "resource", "subresource", "namespace", "name")
    return Attempt(**{key: wanted.get(key, "") for key in keys})


def _verdict(cluster: Cluster, user: User, attempt: Attempt) -> Object:
    return {"allowed": authz.allowed(cluster, user, attempt)}


def _self_access(authenticator: Authenticator, cluster: Cluster, user: User, kind: Kind, namespace: str, body: Object) -> Object:
    return _verdict(cluster, user, _attempt(kind, body.get("spec") or {}))


def _access(authenticator: Authenticator, cluster: Cluster, user: User, kind: Kind, namespace: str, body: Object) -> Object:
    spec = body.get("spec") or {}
    if not spec.get("user") and not spec.get("groups"):
        raise _nameless([Cause("FieldValueInvalid", "spec.user", 'Invalid value: "": at least one of user or group must be specified')])
    attempt = _attempt(kind, spec)
    if namespace and attempt.namespace != namespace:
        words = f'Invalid value: "{attempt.namespace}": must match metadata.namespace'
        raise _nameless([Cause("FieldValueInvalid", "spec.resourceAttributes.namespace", words)])
    return _verdict(cluster, User(spec.get("user", ""), tuple(spec.get("groups") or ())), attempt)


def _nameless(causes: list[Cause]) -> ApiError:
    """Return the 422 of a kind that the real server forgets to name."""
    details = {"group": "authorization.k8s.io", "causes": [cause.as_dict() for cause in causes]}
    return ApiError(422, "Invalid", f'.authorization.k8s.io "" is invalid: {causes[0].text()}', details)


def _rules(authenticator: Authenticator, cluster: Cluster, user: User, kind: Kind, namespace: str, body: Object) -> Object:
    """Return what RBAC alone grants: access policies are a webhook's to the API server, which can say nothing of them but that the answer is incomplete."""
    where = (body.get("spec") or {}).get("namespace", "")
    if not where:
        raise bad_request("no namespace on request")
    found = list(rbac.rules_of(cluster, user, where))
    resources = [{key: rule[key] for key in ("verbs", "apiGroups", "resources", "resourceNames") if rule.get(key)} for rule in found if "resources" in rule]
    urls = [{"verbs": rule["verbs"], "nonResourceURLs": rule["nonResourceURLs"]} for rule in found if rule.get("nonResourceURLs")]
    unknown = {"evaluationError": "webhook authorizer does not support user rule resolution"} if authenticator.of_eks else {}
    return {"resourceRules": resources, "nonResourceRules": urls, "incomplete": authenticator.of_eks, **unknown}


_ANSWERS: dict[str, Answer] = {
    "selfsubjectreviews": _self,
    "tokenreviews": _token,
    "subjectaccessreviews": _access,
    "localsubjectaccessreviews": _access,
    "selfsubjectaccessreviews": _self_access,
    "selfsubjectrulesreviews": _rules,
}
