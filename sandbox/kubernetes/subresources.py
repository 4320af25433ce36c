"""The parts of objects that have addresses of their own: status, scale, eviction, token, binding."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sandbox.kubernetes import bodies, deletion, registry, resets, selectors, tokens, workloads, writing
from sandbox.kubernetes.errors import ApiError, Cause, bad_request, conflict, invalid, invalid_value, not_found
from sandbox.kubernetes.kinds import Kind, builtin_kind

if TYPE_CHECKING:
    from sandbox.kubernetes.calls import Call

Object = dict[str, Any]
_DEFAULT_TOKEN_SECONDS = 3600
_SHORTEST_TOKEN_SECONDS = 600
_BUILTIN_SCALE = {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}


def kept_half(kind: Kind, subresource: str, live: Object, obj: Object) -> Object:
    """Return what an update may change: status alone through `status`, all but status otherwise."""
    if subresource == "status":
        return _status_half(kind, live, obj)
    if kind.subresource("status") is None or (kind.plural == "customresourcedefinitions" and "status" not in live):
        return obj
    others = {key: value for key, value in obj.items() if key != "status"}
    return others | ({"status": live["status"]} if "status" in live else {})


def kept_spec(kind: Kind, subresource: str, live: Object, owned: Object) -> Object:
    """Return an object whose fields have their owners: what a namespace's spec says changes through `finalize` alone."""
    if kind.store != deletion.NAMESPACES or subresource == "finalize":
        return owned
    return {**owned, "spec": live.get("spec") or {}}


def _status_half(kind: Kind, live: Object, obj: Object) -> Object:
    """Return the live object with another status, and with the new one's metadata where the kind's status takes any."""
    others = {key: value for key, value in live.items() if key != "status"}
    metadata, reset = live["metadata"], resets.reset_fields(kind)["status"]
    if ("f:metadata",) not in reset:
        held = {path[1].removeprefix("f:") for path in reset if path[0] == "f:metadata"}
        metadata = {key: value for key, value in obj["metadata"].items() if key not in held} | {key: metadata[key] for key in held if key in metadata}
    return {**others, "metadata": metadata} | ({"status": obj["status"]} if "status" in obj else {})


def shown(kind: Kind, subresource: str, live: Object) -> Object:
    """Return what the address of an object or of its part shows."""
    return scale_of(kind, live) if subresource == "scale" else live


def _paths(kind: Kind) -> Object:
    return kind.custom.scale if kind.custom is not None else _BUILTIN_SCALE


def _at(obj: Any, path: str) -> Any:
    for step in filter(None, path.split(".")):
        obj = obj.get(step) if isinstance(obj, dict) else None
    return obj


def scale_of(kind: Kind, live: Object) -> Object:
    """Return the Scale of an object. Raises the 500 of a custom resource that does not say its replicas."""
    paths = _paths(kind)
    metadata = {key: live["metadata"][key] for key in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp") if key in live["metadata"]}
    status: Object = {"replicas": _at(live, paths["statusReplicasPath"]) or 0}
    selector = _selector_text(kind, live)
    if selector:
        status["selector"] = selector
    replicas = _at(live, paths["specReplicasPath"])
    if replicas is None and kind.custom is not None:
        why = f'the spec replicas field "{paths["specReplicasPath"]}" does not exist'
        raise ApiError(500, "InternalError", f"Internal error occurred: {why}", {"causes": [{"message": why}]})
    spec = {"replicas": replicas} if replicas else {}
    return {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata, "spec": spec, "status": status}


def _selector_text(kind: Kind, live: Object) -> str:
    if kind.custom is not None:
        return str(_at(live, kind.custom.scale.get("labelSelectorPath", "")) or "") if kind.custom.scale.get("labelSelectorPath") else ""
    selector = live["spec"].get("selector") or {}
    return selectors.text(selectors.from_label_selector(selector if kind.group == "apps" else {"matchLabels": selector}))


SCALE = Kind("autoscaling", "v1", "scales", "Scale", "scale", True)


def set_scale(call: Call, live: Object, scale: Object) -> Object:
    """Write the replicas of a Scale into its object and return the new Scale."""
    version = (scale.get("metadata") or {}).get("resourceVersion")
    if version and version != live["metadata"]["resourceVersion"]:
        raise conflict(call.kind, call.name)
    replicas, path = (scale.get("spec") or {}).get("replicas") or 0, _paths(call.kind)["specReplicasPath"]
    if replicas < 0 and call.kind.custom is not None:
        raise invalid(call.kind, call.name, [invalid_value(path, replicas, "should be a non-negative integer")])
    if replicas < 0:
        raise invalid(SCALE, call.name, [invalid_value("spec.replicas", replicas, "must be greater than or equal to 0")])
    changed = _with(live, [step for step in path.split(".") if step], replicas)
    return scale_of(call.kind, writing.over(call, live, changed))


def _with(obj: Object, path: list[str], value: Any) -> Object:
    head, *rest = path
    return {**obj, head: _with(obj.get(head) or {}, rest, value) if rest else value}


def evict(call: Call, body: Object) -> Object:
    """Evict a pod unless a PodDisruptionBudget forbids it, which is a 429."""
    with call.cluster.transaction():
        options = {**(body.get("deleteOptions") or {})}
        if call.dry_run:
            options["dryRun"] = ["All"]
        _check_eviction(call, body, options)
        pod = registry.get(call)
        deletion.check_preconditions(call.kind, pod, options)
        dry_run = bool(options.get("dryRun"))
        _spend_budget(replace(call, dry_run=dry_run), pod)
        if not dry_run:
            call.cluster.put(call.kind.store, _disrupted(call, pod))
        registry.delete(call, options)
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


_EVICTION = Kind("policy", "v1", "evictions", "Eviction", "eviction", True)


def _check_eviction(call: Call, body: Object, options: Object) -> None:
    """Refuse an Eviction that is none, or one of another pod."""
    if body.get("kind", "Eviction") != "Eviction":
        bodies.check_type(replace(call, kind=_EVICTION), body)
    metadata = bodies.identified(replace(call, kind=_EVICTION, name=""), {"metadata": body.get("metadata") or {}})["metadata"]
    if metadata.get("name") != call.name:
        raise bad_request("name in URL does not match name in Eviction object")
    deletion.check(options)


def _disrupted(call: Call, pod: Object) -> Object:
    """Return a pod that says why it ends."""
    condition = {"type": "DisruptionTarget", "status": "True", "lastProbeTime": None, "lastTransitionTime": call.cluster.now()}
    condition |= {"reason": "EvictionByEvictionAPI", "message": "Eviction API: evicting"}
    status = pod.get("status") or {}
    others = [each for each in status.get("conditions") or () if each.get("type") != condition["type"]]
    return {**pod, "status": {**status, "conditions": [*others, condition]}}


def _spend_budget(call: Call, pod: Object) -> None:
    if (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed", "Pending") or pod["metadata"].get("deletionTimestamp"):
        return
    table = builtin_kind("policy/v1", "PodDisruptionBudget").store
    budgets = [each for each in call.cluster.store.rows(table, call.namespace) if _covers(each, pod)]
    if len(budgets) > 1:
        raise ApiError(500, "", "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.")
    for budget in budgets:
        if _is_free(budget, pod):
            return
        if call.cluster.world.controllers:
            if workloads.budget_status(call.cluster, budget)["disruptionsAllowed"] < 1:
                raise _over_budget(budget)
        else:
            _take(call, pod, budget)


def _take(call: Call, pod: Object, budget: Object) -> None:
    """Take one from what the status of a budget allows, which its controller wrote for the generation that it saw. A dry run only looks."""
    status = budget.get("status") or {}
    if status.get("observedGeneration", 0) < budget["metadata"].get("generation", 0):
        raise _unprocessed(budget)
    if status.get("disruptionsAllowed", 0) < 1:
        raise _over_budget(budget)
    disrupted = {**(status.get("disruptedPods") or {}), pod["metadata"]["name"]: call.cluster.now()}
    left = {**status, "disruptionsAllowed": status["disruptionsAllowed"] - 1, "disruptedPods": disrupted}
    if not left["disruptionsAllowed"]:
        left["conditions"] = [_exhausted(call, status)]
    name, kind = budget["metadata"]["name"], builtin_kind("policy/v1", "PodDisruptionBudget")
    if not call.dry_run:
        writing.over(replace(call, kind=kind, name=name, subresource="status", manager="kube-apiserver"), budget, {**budget, "status": left})


def _exhausted(call: Call, status: Object) -> Object:
    """Return the condition of a budget that allows no more."""
    seen = status.get("observedGeneration", 0)
    now = call.cluster.now()
    return {"type": "DisruptionAllowed", "status": "False", "observedGeneration": seen, "lastTransitionTime": now, "reason": "InsufficientPods", "message": ""}


def _is_free(budget: Object, pod: Object) -> bool:
    """Tell whether a pod that is not ready goes without a budget's leave: where the budget says so, or where it is kept without that pod."""
    if workloads.is_ready(pod):
        return False
    status = budget.get("status") or {}
    kept = status.get("currentHealthy", 0) >= status.get("desiredHealthy", 0) > 0
    return kept or budget["spec"].get("unhealthyPodEvictionPolicy") == "AlwaysAllow"


_HELD = "Cannot evict pod as it would violate the pod's disruption budget."
_UNSEEN_SECONDS = 10


def _unprocessed(budget: Object) -> ApiError:
    text = f"The disruption budget {budget['metadata']['name']} is still being processed by the server."
    details = {"causes": [{"reason": "DisruptionBudget", "message": text}], "retryAfterSeconds": _UNSEEN_SECONDS}
    return ApiError(429, "TooManyRequests", _HELD, details)


def _covers(budget: Object, pod: Object) -> bool:
    selector = budget["spec"].get("selector")
    return selector is not None and selectors.labels_match(selectors.from_label_selector(selector), pod["metadata"].get("labels"))


def _over_budget(budget: Object) -> ApiError:
    status = budget.get("status") or {}
    name = budget["metadata"]["name"]
    text = f"The disruption budget {name} needs {status.get('desiredHealthy', 0)} healthy pods and has {status.get('currentHealthy', 0)} currently"
    details = {"causes": [{"reason": "DisruptionBudget", "message": text}]}
    return ApiError(429, "TooManyRequests", _HELD, details)


def unreachable(call: Call, obj: Object) -> ApiError:
    """Return what is said where a node would have to answer: nothing runs, so no node does."""
    name = obj["metadata"]["name"]
    if call.kind.plural == "services" and call.cluster.store.get(("", "endpoints"), call.namespace, name) is None:
        return not_found(call.kind, name)
    if call.kind.plural == "services":
        return ApiError(503, "ServiceUnavailable", f'no endpoints available for service "{name}"')
    if call.kind.plural == "pods" and call.subresource == "proxy" and not (obj.get("status") or {}).get("podIP"):
        return bad_request("address not allowed")
    node = name if call.kind.plural == "nodes" else (obj.get("spec") or {}).get("nodeName")
    if not node:
        return bad_request(f"pod {name} does not have a host assigned")
    return ApiError(500, "InternalError", f"Internal error occurred: nothing runs on node {node}: the sandbox's Kubernetes API has no kubelets", {})


def request_token(call: Call, body: Object) -> Object:
    """Make a token for a ServiceAccount, as a TokenRequest asks."""
    account = registry.get(call)
    spec = body.get("spec") or {}
    seconds = spec.get("expirationSeconds") or _DEFAULT_TOKEN_SECONDS
    if seconds < _SHORTEST_TOKEN_SECONDS:
        kind = Kind("authentication.k8s.io", "v1", "tokenrequests", "TokenRequest", "tokenrequest", True)
        cause = Cause("FieldValueInvalid", "spec.expirationSeconds", f"Invalid value: {seconds}: may not specify a duration less than 10 minutes")
        raise invalid(kind, "", [cause])
    issued = call.cluster.world.clock()
    audiences = spec.get("audiences") or [call.cluster.issuer]
    claims = tokens.account_claims(call.namespace, account, call.cluster.issuer, audiences, issued, seconds, _bound(call, spec.get("boundObjectRef")))
    from sandbox.kubernetes.names import timestamp

    status = {"token": call.cluster.world.signer.sign(claims), "expirationTimestamp": timestamp(issued + seconds)}
    metadata = {"name": call.name, "namespace": call.namespace, "creationTimestamp": call.cluster.now()}
    wanted = {**spec, "audiences": audiences, "expirationSeconds": seconds}
    return {"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "metadata": metadata, "spec": wanted, "status": status}


def _bound(call: Call, reference: Object | None) -> Object | None:
    """Return the reference to the object that a token shall not outlive, with that object's uid."""
    if not reference:
        return None
    api_version, name = reference.get("apiVersion", ""), reference.get("name", "")
    if api_version not in ("", "v1") or reference.get("kind") not in tokens.BOUND:
        raise bad_request(f"cannot bind token to object of type {'' if '/' in api_version else '/'}{api_version}, Kind={reference.get('kind', '')}")
    kind = builtin_kind("v1", reference["kind"])
    found = call.cluster.store.get(kind.store, call.namespace if kind.namespaced else "", name)
    if found is None:
        raise not_found(kind, name)
    if reference["kind"] == "Pod" and found["spec"].get("serviceAccountName") != call.name:
        raise bad_request(f'cannot bind token for serviceaccount "{call.name}" to pod running with different serviceaccount name.')
    uid = found["metadata"]["uid"]
    if reference.get("uid", uid) != uid:
        why = f"the UID in the bound object reference ({reference['uid']}) does not match the UID in record."
        raise conflict(replace(kind, plural=kind.kind), name, f"{why} The object might have been deleted and then recreated")
    return {**reference, "uid": uid}


def _bound_to(call: Call, pod: Object, node: str) -> Object:
    """Return the pod on its node, scheduled; nobody becomes the owner of either."""
    status = pod.get("status") or {}
    scheduled = {"type": "PodScheduled", "status": "True", "lastProbeTime": None, "lastTransitionTime": call.cluster.now()}
    others = [each for each in status.get("conditions") or () if each["type"] != "PodScheduled"]
    return {**_with(pod, ["spec", "nodeName"], node), "status": {**status, "conditions": [*others, scheduled]}}


def bind(call: Call, body: Object) -> Object:
    """Bind a pod to a node."""
    with call.cluster.transaction():
        pod = registry.get(call)
        if pod["spec"].get("nodeName"):
            raise conflict(call.kind, call.name, f'pod {call.name} is already assigned to node "{pod["spec"]["nodeName"]}"')
        if not call.dry_run:
            call.cluster.put(call.kind.store, _bound_to(call, pod, (body.get("target") or {}).get("name", "")))
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}
