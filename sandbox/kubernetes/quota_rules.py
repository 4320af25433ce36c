"""What resource quotas and limit ranges must be like: the names that they count, amounts, scopes, and limits that fit each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.kubernetes import names
from sandbox.kubernetes.errors import Cause, Struct, forbidden_field, invalid_value, required
from sandbox.kubernetes.field_rules import NEGATIVE
from sandbox.kubernetes.quantities import amount

Object = dict[str, Any]
_COUNTED = frozenset({"pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "configmaps", "persistentvolumeclaims"}) | {
    "services.nodeports",
    "services.loadbalancers",
}
_OF_CONTAINERS = frozenset({"cpu", "memory", "ephemeral-storage"})
_OF_QUOTAS = _COUNTED | _OF_CONTAINERS | {f"{side}.{name}" for side in ("requests", "limits") for name in _OF_CONTAINERS} | {"requests.storage"}
_STANDARD = _OF_QUOTAS | {"storage"}
_OF_PODS = frozenset({"pods", "cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"})
# What a quota of a scope can count, and the scopes that no object has both of.
_SCOPES = {
    "Terminating": _OF_PODS,
    "NotTerminating": _OF_PODS,
    "BestEffort": frozenset({"pods"}),
    "NotBestEffort": _OF_PODS,
    "PriorityClass": _OF_PODS,
    "CrossNamespacePodAffinity": _OF_PODS,
    "VolumeAttributesClass": frozenset({"persistentvolumeclaims", "requests.storage"}),
}
_OPPOSITES = (frozenset({"BestEffort", "NotBestEffort"}), frozenset({"Terminating", "NotTerminating"}))
_WITH_VALUES = frozenset({"PriorityClass", "VolumeAttributesClass"})
_EXISTS = "must be 'Exists' when scope is any of " + ", ".join(f"ResourceQuotaScope{name}" for name in ("Terminating", "NotTerminating", "BestEffort"))
_EXISTS += ", ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"
_UNFIT = "unsupported scope applied to resource"
_NO_DEFAULT = "may not be specified when `type` is 'Pod'"
_NO_STORAGE = "either minimum or maximum storage value is required, but neither was provided"


def _huge_pages(name: str) -> bool:
    return name.startswith("hugepages-")


def _native(name: str) -> bool:
    return "/" not in name or "kubernetes.io/" in name


def _extended(name: str) -> bool:
    return not _native(name) and not name.startswith("requests.") and not names.qualified(f"requests.{name}")


def _counted_by_quotas(name: str) -> bool:
    return name in _OF_QUOTAS or _huge_pages(name.removeprefix("requests."))


def _resource(name: str, at: str) -> list[Cause]:
    if wrong := [invalid_value(at, name, text) for text in names.qualified(name)]:
        return wrong
    known = "/" in name or name in _STANDARD or _huge_pages(name.removeprefix("requests."))
    return [] if known else [invalid_value(at, name, "must be a standard resource type or fully qualified")]


def _amounts(values: Object, at: str) -> Iterator[Cause]:
    for name, value in sorted(values.items()):
        place = f"{at}[{name}]"
        yield from _resource(name, place)
        if "/" not in name and not _counted_by_quotas(name):
            yield invalid_value(place, name, "must be a standard resource for quota")
        if amount(value) < 0:
            yield invalid_value(place, value, NEGATIVE)
        if (name in _COUNTED or _extended(name)) and amount(value) % 1:
            yield invalid_value(place, value, "must be an integer")


def quota(obj: Object) -> list[Cause]:
    spec = obj.get("spec") or {}
    counted = [name for name in sorted(spec.get("hard") or {}) if _counted_by_quotas(name)]
    return [*_amounts(spec.get("hard") or {}, "spec.hard"), *_scopes(spec.get("scopes") or [], counted), *_selected(spec.get("scopeSelector"), counted)]


def _scopes(scopes: list[str], counted: list[str]) -> Iterator[Cause]:
    for scope in scopes:
        if scope not in _SCOPES:
            yield invalid_value("spec.scopes", scopes, "unsupported scope")
        yield from (invalid_value("spec.scopes", scopes, _UNFIT) for name in counted if name not in _SCOPES.get(scope, counted))
    yield from (invalid_value("spec.scopes", scopes, "conflicting scopes") for pair in _OPPOSITES if pair <= set(scopes))


def _selected(selector: Object | None, counted: list[str]) -> Iterator[Cause]:
    at, given = "spec.scopeSelector.matchExpressions", (selector or {}).get("matchExpressions") or []
    for each in given:
        scope = each.get("scopeName", "")
        if scope not in _SCOPES:
            yield invalid_value(f"{at}.scopeName", scope, "unsupported scope")
        yield from (invalid_value(at, _as_told(given), _UNFIT) for name in counted if name not in _SCOPES.get(scope, counted))
        yield from _operator(each, at)
    yield from (invalid_value(at, None, "conflicting scopes") for pair in _OPPOSITES if pair <= {each.get("scopeName") for each in given})


def _operator(given: Object, at: str) -> Iterator[Cause]:
    scope, operator, values = given.get("scopeName", ""), given.get("operator", ""), given.get("values")
    if scope in _SCOPES and scope not in _WITH_VALUES and operator != "Exists":
        yield invalid_value(f"{at}.operator", operator, _EXISTS)
    if operator in ("In", "NotIn"):
        if not values:
            yield required(f"{at}.values", "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector")
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            yield invalid_value(f"{at}.values", values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector")
    else:
        yield invalid_value(f"{at}.operator", operator, "not a valid selector operator")


def _as_told(given: list[Object]) -> Struct:
    """Return a scope selector as the real server prints it: a type without JSON names."""
    told = (("ScopeName", "scopeName"), ("Operator", "operator"), ("Values", "values"))
    return Struct({"MatchExpressions": [Struct({name: each.get(key) for name, key in told}) for each in given]})


def changed_quota(live: Object, new: Object) -> Iterator[Cause]:
    before, after = ((obj.get("spec") or {}).get("scopes") for obj in (live, new))
    if set(before or ()) != set(after or ()):
        yield invalid_value("spec.scopes", after, "field is immutable")


def quota_status(obj: Object) -> Iterator[Cause]:
    status = obj.get("status") or {}
    for key in ("hard", "used"):
        yield from _amounts(status.get(key) or {}, f"status.{key}")


def limit_range(obj: Object) -> list[Cause]:
    causes: list[Cause] = []
    seen: set[str] = set()
    for index, limit in enumerate((obj.get("spec") or {}).get("limits") or ()):
        at, kind = f"spec.limits[{index}]", limit.get("type", "")
        causes += _type(kind, f"{at}.type")
        if kind in seen:
            causes.append(Cause("FieldValueDuplicate", f"{at}.type", f'Duplicate value: "{kind}"'))
        seen.add(kind)
        causes += _limit(limit, kind, at)
    return causes


def _type(kind: str, at: str) -> list[Cause]:
    if wrong := [invalid_value(at, kind, text) for text in names.qualified(kind)]:
        return wrong
    known = "/" in kind or kind in ("Pod", "Container", "PersistentVolumeClaim")
    return [] if known else [invalid_value(at, kind, "must be a standard limit type or fully qualified")]


def _limit(limit: Object, kind: str, at: str) -> Iterator[Cause]:
    yield from _limited(limit, kind, at, "max", "min")
    if kind == "Pod":
        yield from (forbidden_field(f"{at}.{key}", _NO_DEFAULT) for key in ("default", "defaultRequest") if limit.get(key))
    else:
        yield from _limited(limit, kind, at, "default", "defaultRequest")
    if kind == "PersistentVolumeClaim" and not any("storage" in (limit.get(key) or {}) for key in ("min", "max")):
        yield required(f"{at}.limits", _NO_STORAGE)
    yield from _limited(limit, kind, at, "maxLimitRequestRatio")
    keys = ("min", "max", "maxLimitRequestRatio") if kind == "Pod" else ("min", "max", "default", "defaultRequest", "maxLimitRequestRatio")
    for name in sorted({name for key in keys for name in limit.get(key) or ()}):
        yield from _fitting(name, {key: limit[key][name] for key in keys if name in (limit.get(key) or {})}, at)


def _limited(limit: Object, kind: str, at: str, *keys: str) -> Iterator[Cause]:
    """Yield what is wrong with the names of the resources in parts of a limit."""
    for place, name in ((f"{at}.{key}[{name}]", name) for key in keys for name in sorted(limit.get(key) or ())):
        yield from _resource(name, place)
        if kind not in ("Pod", "Container"):
            continue
        if "/" not in name and name not in _OF_CONTAINERS and not _huge_pages(name):
            yield invalid_value(place, name, "must be a standard resource for containers")
        elif not _native(name) and not _extended(name):
            yield invalid_value(place, name, "doesn't follow extended resource name standard")


# Lesser and greater, as they are called, the part that is at fault, and the part whose value is told.
_ORDER = (
    ("min", "min value", "max", "max value", "min", "min"),
    ("min", "min value", "defaultRequest", "default request value", "defaultRequest", "defaultRequest"),
    ("defaultRequest", "default request value", "max", "max value", "defaultRequest", "defaultRequest"),
    ("defaultRequest", "default request value", "default", "default limit value", "defaultRequest", "defaultRequest"),
    ("min", "min value", "default", "default value", "default", "min"),
    ("default", "default value", "max", "max value", "default", "max"),
)


def _fitting(name: str, limits: dict[str, str], at: str) -> Iterator[Cause]:
    """Yield how the limits of one resource contradict each other."""
    for less, less_words, more, more_words, field, told in _ORDER:
        if less in limits and more in limits and amount(limits[less]) > amount(limits[more]):
            text = f"{less_words} {limits[less]} is greater than {more_words} {limits[more]}"
            yield invalid_value(f"{at}.{field}[{name}]", limits[told], text)
    yield from _ratio(limits, f"{at}.maxLimitRequestRatio[{name}]")
    given, asked = limits.get("default"), limits.get("defaultRequest")
    if (not _native(name) or _huge_pages(name)) and given and asked and amount(given) != amount(asked):
        yield invalid_value(f"{at}.defaultRequest[{name}]", asked, f"default value {given} must equal to defaultRequest value {asked} in {name}")


def _ratio(limits: dict[str, str], at: str) -> Iterator[Cause]:
    ratio = limits.get("maxLimitRequestRatio")
    if ratio is None:
        return
    if amount(ratio) < 1:
        yield invalid_value(at, ratio, f"ratio {ratio} is less than 1")
    if {"min", "max"} <= limits.keys() and amount(limits["min"]):
        most = amount(limits["max"]) / amount(limits["min"])
        if amount(ratio) > most:
            yield invalid_value(at, ratio, f"ratio {ratio} is greater than max/min = {float(most):f}")
