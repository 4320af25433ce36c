"""What budgets, priorities, autoscalers, leases, claims and storage classes must be like, and what of them stays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.kubernetes.errors import Cause, Struct, forbidden_field, invalid_value, not_supported, required
from sandbox.kubernetes.field_rules import at_most_all, chosen, count_or_percent, label_selector, not_negative, shown_selector
from sandbox.kubernetes.quantities import amount

Object = dict[str, Any]
_HIGHEST_PRIORITY = 1_000_000_000
_SYSTEM = "priority class names with 'system-' prefix are reserved for system use only. error: {name} is not a known system priority class"
SYSTEM_PRIORITIES = ("system-cluster-critical", "system-node-critical")
_ACCESS = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
_CLAIM_ONLY = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"


def budget(obj: Object) -> list[Cause]:
    spec = obj["spec"]
    causes: list[Cause] = []
    if {"minAvailable", "maxUnavailable"} <= spec.keys():
        selector = shown_selector(spec.get("selector"))
        members = {"MinAvailable": spec["minAvailable"], "Selector": selector, "MaxUnavailable": spec["maxUnavailable"]}
        shown = Struct(members | {"UnhealthyPodEvictionPolicy": spec.get("unhealthyPodEvictionPolicy")})
        causes.append(invalid_value("spec", shown, "minAvailable and maxUnavailable cannot be both set"))
    for key in ("minAvailable", "maxUnavailable"):
        causes += [*count_or_percent(spec.get(key), f"spec.{key}"), *at_most_all(spec.get(key), f"spec.{key}")]
    causes += label_selector(spec.get("selector") or {}, "spec.selector")
    return causes + list(chosen(spec, "unhealthyPodEvictionPolicy", ("AlwaysAllow", "IfHealthyBudget"), "spec"))


def budget_status(obj: Object) -> Iterator[Cause]:
    yield from not_negative(obj.get("status") or {}, ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"), "status")


def priority_class(obj: Object) -> list[Cause]:
    name, value = obj["metadata"]["name"], obj.get("value", 0)
    causes = []
    if name.startswith("system-") and name not in SYSTEM_PRIORITIES:
        causes.append(forbidden_field("metadata.name", _SYSTEM.format(name=name)))
    elif value > _HIGHEST_PRIORITY and name not in SYSTEM_PRIORITIES:
        causes.append(forbidden_field("value", f"maximum allowed value of a user defined priority is {_HIGHEST_PRIORITY}"))
    return causes + list(chosen(obj, "preemptionPolicy", ("PreemptLowerPriority", "Never"), "", in_order=True))


def changed_priority(live: Object, new: Object) -> Iterator[Cause]:
    if live.get("value", 0) != new.get("value", 0):
        yield forbidden_field("value", "may not be changed in an update.")
    if live.get("preemptionPolicy") != new.get("preemptionPolicy"):
        yield invalid_value("preemptionPolicy", new.get("preemptionPolicy"), "field is immutable")


def autoscaler(obj: Object) -> list[Cause]:
    spec = obj.get("spec") or {}
    least, most = spec.get("minReplicas"), spec.get("maxReplicas", 0)
    causes: list[Cause] = []
    if least is not None and least < 1:
        causes.append(invalid_value("spec.minReplicas", least, "must be greater than or equal to 1"))
    if most < 1:
        causes.append(required("spec.maxReplicas", "must be set and greater than 0"))
    if least is not None and most < least:
        causes.append(invalid_value("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`"))
    causes += _target(spec.get("scaleTargetRef") or {}, "spec.scaleTargetRef")
    if least == 0 and not any(metric.get("type") in ("Object", "External") for metric in spec.get("metrics") or ()):
        causes.append(forbidden_field("spec.metrics", "must specify at least one Object or External metric to support scaling to zero replicas"))
    return causes


def _target(target: Object, at: str) -> Iterator[Cause]:
    yield from (required(f"{at}.{key}") for key in ("kind", "name") if not target.get(key))
    version = target.get("apiVersion", "")
    if "/" not in version and (version, target.get("kind")) != ("v1", "ReplicationController"):
        yield invalid_value(f"{at}.apiVersion", version, "apiVersion must specify API group")


def lease(obj: Object) -> list[Cause]:
    spec = obj.get("spec") or {}
    causes = []
    if spec.get("leaseDurationSeconds", 1) <= 0:
        causes.append(invalid_value("spec.leaseDurationSeconds", spec["leaseDurationSeconds"], "must be greater than 0"))
    return causes + list(not_negative(spec, ("leaseTransitions",), "spec"))


def claim(obj: Object) -> list[Cause]:
    spec = obj.get("spec") or {}
    modes = spec.get("accessModes") or ()
    causes = [] if modes else [required("spec.accessModes", "at least 1 access mode is required")]
    causes += [not_supported("spec.accessModes", mode, _ACCESS) for mode in modes if mode not in _ACCESS]
    requests = (spec.get("resources") or {}).get("requests") or {}
    if "storage" not in requests:
        return [*causes, required("spec.resources[storage]")]
    return causes + ([invalid_value("spec.resources[storage]", requests["storage"], "must be greater than zero")] if amount(requests["storage"]) <= 0 else [])


def changed_claim(live: Object, new: Object) -> Iterator[Cause]:
    """Yield that an update changes a claim's spec; one that is bound may ask for more."""
    bound = (live.get("status") or {}).get("phase") == "Bound"
    before, after = (_fixed_part(obj["spec"], bound) for obj in (live, new))
    if before != after:
        yield forbidden_field("spec", _CLAIM_ONLY)


def _fixed_part(spec: Object, bound: bool) -> Object:
    if not bound:
        return spec
    resources = {key: value for key, value in (spec.get("resources") or {}).items() if key != "requests"}
    return {key: value for key, value in spec.items() if key != "volumeAttributesClassName"} | {"resources": resources}


def storage_class(obj: Object) -> list[Cause]:
    return [
        *chosen(obj, "reclaimPolicy", ("Delete", "Retain"), ""),
        *chosen(obj, "volumeBindingMode", ("Immediate", "WaitForFirstConsumer"), ""),
    ]
