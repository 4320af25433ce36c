"""Defaults inside pods and pod templates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Object = dict[str, Any]
_FILE_MODE = 0o644
_POD = {
    "restartPolicy": "Always",
    "terminationGracePeriodSeconds": 30,
    "dnsPolicy": "ClusterFirst",
    "securityContext": {},
    "schedulerName": "default-scheduler",
}
_CONTAINER = {"terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"}
_PROBE = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
_CONTAINER_LISTS = ("containers", "initContainers", "ephemeralContainers")
_HOOKS = ("livenessProbe", "readinessProbe", "startupProbe")


def template(given: Object) -> Object:
    """Return a pod template with defaults."""
    return {**given, "metadata": given.get("metadata") or {}, "spec": spec(given.get("spec") or {})}


def spec(given: Object) -> Object:
    """Return a pod spec with the defaults that templates get too."""
    filled = {**_POD, **given}
    account = given.get("serviceAccountName") or given.get("serviceAccount")
    if account:
        filled |= {"serviceAccountName": account, "serviceAccount": account}
    for key in _CONTAINER_LISTS:
        if key in given:
            filled[key] = [_container(each, bool(given.get("hostNetwork"))) for each in given[key]]
    if "volumes" in given:
        filled["volumes"] = [_volume(each) for each in given["volumes"]]
    return filled


def _container(given: Object, host_network: bool) -> Object:
    filled = {**_CONTAINER, "imagePullPolicy": _pull_policy(given.get("image", "")), "resources": {}, **given}
    if "ports" in given:
        filled["ports"] = [_port(each, host_network) for each in given["ports"]]
    if "env" in given:
        filled["env"] = [_variable(each) for each in given["env"]]
    for key in _HOOKS:
        if key in given:
            filled[key] = _probe(given[key])
    return filled


def _pull_policy(image: str) -> str:
    """Return Always for the tag latest, said or unsaid; IfNotPresent for a digest or another tag."""
    if "@" in image:
        return "IfNotPresent"
    tag = image.rpartition("/")[2].partition(":")[2]
    return "Always" if tag in ("", "latest") else "IfNotPresent"


def _port(given: Object, host_network: bool) -> Object:
    host = {"hostPort": given["containerPort"]} if host_network and "containerPort" in given else {}
    return {"protocol": "TCP", **host, **given}


def _variable(given: Object) -> Object:
    source = given.get("valueFrom") or {}
    if "fieldRef" not in source:
        return given
    return {**given, "valueFrom": {**source, "fieldRef": {"apiVersion": "v1", **source["fieldRef"]}}}


def _probe(given: Object) -> Object:
    filled = {**_PROBE, **given}
    if "httpGet" in given:
        filled["httpGet"] = {"path": "/", "scheme": "HTTP", **given["httpGet"]}
    if "grpc" in given:
        filled["grpc"] = {"service": "", **given["grpc"]}
    return filled


def _with_mode(given: Object) -> Object:
    return {"defaultMode": _FILE_MODE, **given}


def _projected(given: Object) -> Object:
    return {**_with_mode(given), "sources": [_projection(each) for each in given.get("sources") or ()]}


def _projection(given: Object) -> Object:
    filled = dict(given)
    if "serviceAccountToken" in given:
        filled["serviceAccountToken"] = {"expirationSeconds": 3600, **given["serviceAccountToken"]}
    if "downwardAPI" in given:
        filled["downwardAPI"] = _downward(given["downwardAPI"])
    return filled


def _downward(given: Object) -> Object:
    items = [{**each, "fieldRef": {"apiVersion": "v1", **each["fieldRef"]}} if "fieldRef" in each else each for each in given.get("items") or ()]
    return {**given, **({"items": items} if items else {})}


_VOLUMES: dict[str, Callable[[Object], Object]] = {
    "secret": _with_mode,
    "configMap": _with_mode,
    "projected": _projected,
    "downwardAPI": lambda given: _with_mode(_downward(given)),
    "hostPath": lambda given: {"type": "", **given},
}


def _volume(given: Object) -> Object:
    if given.keys() == {"name"}:
        return {**given, "emptyDir": {}}
    return {key: _VOLUMES[key](value) if key in _VOLUMES else value for key, value in given.items()}


def pod(obj: Object) -> Object:
    """Return a pod with defaults: those of templates, and those that only pods get."""
    filled = {"enableServiceLinks": True, **spec(obj.get("spec") or {})}
    for key in ("containers", "initContainers"):
        if key in filled:
            filled[key] = [_requested(each) for each in filled[key]]
    return {**obj, "spec": filled, "status": {"phase": "Pending", **(obj.get("status") or {})}}


def admitted(obj: Object) -> Object:
    """Return a pod with a priority and the tolerations that every pod gets unless it has its own."""
    return tolerant({**obj, "spec": {"priority": 0, "preemptionPolicy": "PreemptLowerPriority", **obj["spec"]}})


def tolerant(obj: Object) -> Object:
    """Return a pod with the tolerations that every pod gets unless it has its own."""
    given = obj["spec"].get("tolerations") or ()
    known = {each.get("key") for each in given}
    return {**obj, "spec": {**obj["spec"], "tolerations": [*given, *(each for each in _TOLERATIONS if each["key"] not in known)]}}


_TOLERATIONS = [
    {"key": f"node.kubernetes.io/{key}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300} for key in ("not-ready", "unreachable")
]


def _requested(container: Object) -> Object:
    """Return a container whose requests are at least said where limits are."""
    resources = container.get("resources") or {}
    limits = resources.get("limits") or {}
    if not limits:
        return container
    return {**container, "resources": {**resources, "requests": {**limits, **(resources.get("requests") or {})}}}


def quality(given: Object) -> str:
    """Return the quality of service class of a pod spec."""
    resources = [each.get("resources") or {} for each in [*given.get("containers", ()), *given.get("initContainers", ())]]
    if not any(each.get("requests") or each.get("limits") for each in resources):
        return "BestEffort"
    whole = all({"cpu", "memory"} <= (each.get("limits") or {}).keys() and each.get("requests") == each.get("limits") for each in resources)
    return "Guaranteed" if whole else "Burstable"
