"""What happens to an object before it is stored: defaults, immutable fields, and validation of what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sandbox.kubernetes import builtin_rules, defaults, provision, structural, validation
from sandbox.kubernetes.cluster import Cluster
from sandbox.kubernetes.errors import Cause, forbidden, invalid
from sandbox.kubernetes.kinds import Kind

Object = dict[str, Any]
_COUNTING = frozenset(
    {
        ("apps", "daemonsets"),
        ("apps", "deployments"),
        ("apps", "replicasets"),
        ("apps", "statefulsets"),
        ("", "pods"),
        ("", "podtemplates"),
        ("", "replicationcontrollers"),
        ("batch", "cronjobs"),
        ("batch", "jobs"),
        ("networking.k8s.io", "ingresses"),
        ("networking.k8s.io", "ingressclasses"),
        ("networking.k8s.io", "networkpolicies"),
        ("policy", "poddisruptionbudgets"),
        ("scheduling.k8s.io", "priorityclasses"),
        ("discovery.k8s.io", "endpointslices"),
        ("apiextensions.k8s.io", "customresourcedefinitions"),
        ("admissionregistration.k8s.io", "mutatingwebhookconfigurations"),
        ("admissionregistration.k8s.io", "validatingwebhookconfigurations"),
        ("admissionregistration.k8s.io", "validatingadmissionpolicies"),
        ("admissionregistration.k8s.io", "validatingadmissionpolicybindings"),
        ("flowcontrol.apiserver.k8s.io", "flowschemas"),
        ("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations"),
    }
)
_CREATED_BY_UPDATE = frozenset(
    {("", "endpoints"), ("", "events"), ("", "limitranges"), ("", "services"), ("coordination.k8s.io", "leases"), ("node.k8s.io", "runtimeclasses")}
    | {("rbac.authorization.k8s.io", plural) for plural in ("roles", "clusterroles", "rolebindings", "clusterrolebindings")}
)
_VERSION_NEEDED = frozenset(
    {
        ("apiextensions.k8s.io", "customresourcedefinitions"),
        ("apiregistration.k8s.io", "apiservices"),
        ("coordination.k8s.io", "leases"),
        ("node.k8s.io", "runtimeclasses"),
        ("policy", "poddisruptionbudgets"),
    }
    | {("storage.k8s.io", plural) for plural in ("csidrivers", "csinodes", "csistoragecapacities", "volumeattachments")}
    | {("admissionregistration.k8s.io", f"{word}configurations") for word in ("mutatingwebhook", "validatingwebhook")}
    | {("admissionregistration.k8s.io", plural) for plural in ("validatingadmissionpolicies", "validatingadmissionpolicybindings")}
)
_MADE_WITH_STATUS = frozenset({("", "namespaces"), ("", "nodes")})
_PERMANENT_NAMESPACES = frozenset({"default", "kube-system", "kube-public"})


# Their annotations are copied to what they make, so that a change of these counts too.
_COUNTING_ANNOTATIONS = frozenset({("apps", "deployments")})


def counts_generations(kind: Kind) -> bool:
    return kind.custom is not None or kind.store in _COUNTING


def creates_on_update(kind: Kind) -> bool:
    return kind.store in _CREATED_BY_UPDATE


def needs_version(kind: Kind) -> bool:
    """Tell whether an update must say which resourceVersion it replaces."""
    return kind.custom is not None or kind.store in _VERSION_NEEDED


def spec_changed(kind: Kind, live: Object, new: Object) -> bool:
    """Tell whether an update changes what `generation` counts."""
    if kind.store == ("scheduling.k8s.io", "priorityclasses"):
        return False
    has_status = kind.custom is None or kind.subresource("status") is not None
    hidden = ("metadata", "status", "apiVersion") if has_status else ("metadata", "apiVersion")
    counted = kind.store in _COUNTING_ANNOTATIONS and live["metadata"].get("annotations") != new["metadata"].get("annotations")
    return counted or _without(live, hidden) != _without(new, hidden)


def _without(obj: Object, keys: tuple[str, ...]) -> Object:
    return {key: value for key, value in obj.items() if key not in keys}


def skeleton(kind: Kind) -> Object:
    """Return the empty object that a create is compared with: the parts that Go writes even when nothing is in them."""
    if kind.custom is not None:
        return {"metadata": {}}
    return {"metadata": {}, "spec": {}, "status": {}} | defaults.ZERO.get((kind.group, kind.kind), {})


def prepare_create(cluster: Cluster, kind: Kind, obj: Object, own: Callable[[Object], Object]) -> Object:
    """Return the object ready to be stored: with defaults, owners of its fields, and what the server adds. Raises the 422 that lists everything wrong."""
    if kind.subresource("status") is not None and kind.store not in _MADE_WITH_STATUS:
        obj = _without(obj, ("status",))
    obj = provision.create(cluster, kind, defaults.settled(kind, own(defaults.fill(cluster, kind, obj))))
    causes = validation.metadata(kind, obj) + _content(cluster, kind, obj, None)
    if causes:
        raise invalid(kind, obj["metadata"]["name"], causes)
    return obj


def prepare_update(cluster: Cluster, kind: Kind, live: Object, new: Object, own: Callable[[Object], Object], subresource: str = "") -> Object:
    """Return the changed object as `prepare_create` does."""
    new = provision.update(cluster, kind, live, defaults.settled(kind, own(defaults.fill(cluster, kind, new))))
    fixed, content = builtin_rules.immutable(kind, live, new), _content(cluster, kind, new, live)
    causes = validation.update(kind, live, new) + (content + fixed if builtin_rules.content_first(kind) else fixed + content)
    if subresource == "status":
        causes = _status_causes(kind, new, causes)
    if causes:
        raise invalid(kind, new["metadata"]["name"], causes)
    return new


def _status_causes(kind: Kind, new: Object, causes: list[Cause]) -> list[Cause]:
    """Return all that is wrong with a status that is written; that of a custom resource is validated by itself, so that the text names fields from there."""
    if kind.custom is None:
        return causes + builtin_rules.status(kind, new)
    return [replace(cause, message=cause.message.replace(f"{cause.field} in body", f"{cause.field.removeprefix('status.')} in body")) for cause in causes]


def _content(cluster: Cluster, kind: Kind, obj: Object, live: Object | None) -> list[Cause]:
    if kind.custom is not None:
        return structural.validate(cluster.types, kind.schema, obj, live)
    own = builtin_rules.validate(cluster, kind, obj)
    told = {cause.field for cause in own if cause.reason == "FieldValueRequired"} | builtin_rules.untold(kind)
    return [cause for cause in validation.required(cluster.types, cluster.types.of(kind), obj) if cause.field not in told] + own


def check_delete(kind: Kind, name: str) -> None:
    if kind.store == ("", "namespaces") and name in _PERMANENT_NAMESPACES:
        raise forbidden(kind, name, "this namespace may not be deleted")
