"""Between the version that a client speaks and the one in the store."""

from __future__ import annotations

from typing import Any

from sandbox.kubernetes import structural
from sandbox.kubernetes.kinds import Kind

Object = dict[str, Any]
# events.k8s.io/v1 words on the left, v1 words on the right; events are stored as v1.
_EVENT_FIELDS = (
    ("regarding", "involvedObject"),
    ("note", "message"),
    ("reportingController", "reportingComponent"),
    ("deprecatedSource", "source"),
    ("deprecatedFirstTimestamp", "firstTimestamp"),
    ("deprecatedLastTimestamp", "lastTimestamp"),
    ("deprecatedCount", "count"),
)


def inward(kind: Kind, obj: Object) -> Object:
    """Return the object as it is stored."""
    if kind.custom is not None:
        return {**obj, "apiVersion": f"{kind.group}/{kind.custom.storage_version}"}
    if kind.group == "events.k8s.io":
        return {**_renamed(obj, dict(_EVENT_FIELDS)), "apiVersion": "v1"}
    return {**_to_v2(obj), "apiVersion": "autoscaling/v2"} if kind.api_version == "autoscaling/v1" else obj


def outward(kind: Kind, obj: Object) -> Object:
    """Return a stored object in the version of a kind; a custom resource with the defaults that its definition has come to have."""
    if kind.custom is not None and structural.has_defaults(kind.schema):
        obj = structural.fill_defaults(kind.schema, obj)
    if obj["apiVersion"] == kind.api_version:
        return obj
    if kind.group == "events.k8s.io":
        obj = _renamed(obj, {old: new for new, old in _EVENT_FIELDS})
    elif kind.api_version == "autoscaling/v1":
        obj = _to_v1(obj)
    return {**obj, "apiVersion": kind.api_version}


def _renamed(obj: Object, words: dict[str, str]) -> Object:
    return {words.get(key, key): value for key, value in obj.items()}


def _to_v2(obj: Object) -> Object:
    """Return an autoscaler of version 1 as one of version 2."""
    spec = dict(obj.get("spec") or {})
    target = spec.pop("targetCPUUtilizationPercentage", None)
    if target is not None:
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": target}}}]
    return {**obj, "spec": spec}


def _to_v1(obj: Object) -> Object:
    spec = {key: value for key, value in obj["spec"].items() if key not in ("metrics", "behavior")}
    for metric in obj["spec"].get("metrics") or ():
        resource = metric.get("resource") or {}
        if resource.get("name") == "cpu" and "averageUtilization" in resource.get("target", {}):
            spec["targetCPUUtilizationPercentage"] = resource["target"]["averageUtilization"]
    return {**obj, "spec": spec}
