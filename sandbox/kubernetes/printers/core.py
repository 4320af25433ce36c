"""Pods, nodes and the small kinds of the core group."""

from __future__ import annotations

from typing import Any

from sandbox.kubernetes.printers.cells import AGE, CREATED, NAME, Column, Object, age, at, count, field, listed, pairs, wide


def _pod_ready(pod: Object, now: float) -> str:
    statuses = at(pod, "status.containerStatuses", [])
    return f"{sum(bool(each.get('ready')) for each in statuses)}/{len(at(pod, 'spec.containers', []))}"


def _pod_status(pod: Object, now: float) -> str:
    """Return the phase, or what is more telling: a reason, an init container that has not ended, a container that waits or has ended."""
    word = str(at(pod, "status.reason") or at(pod, "status.phase", ""))
    unfinished = next(_init_words(pod), None)
    if unfinished is not None:
        word = unfinished
    else:
        word = next(_container_words(pod), word)
    if at(pod, "metadata.deletionTimestamp"):
        return "Unknown" if at(pod, "status.reason") == "NodeLost" else "Terminating"
    return word


def _init_words(pod: Object) -> Any:
    statuses = at(pod, "status.initContainerStatuses", [])
    for index, each in enumerate(statuses):
        state = each.get("state") or {}
        ended, waiting = state.get("terminated"), state.get("waiting")
        if ended is not None and not ended.get("exitCode", 0):
            continue
        if ended is not None:
            yield "Init:" + _ending(ended)
        elif waiting is not None and waiting.get("reason") and waiting["reason"] != "PodInitializing":
            yield f"Init:{waiting['reason']}"
        else:
            yield f"Init:{index}/{len(at(pod, 'spec.initContainers', []))}"


def _container_words(pod: Object) -> Any:
    for each in at(pod, "status.containerStatuses", []):
        state = each.get("state") or {}
        if (state.get("waiting") or {}).get("reason"):
            yield state["waiting"]["reason"]
        elif state.get("terminated") is not None:
            yield _ending(state["terminated"])


def _ending(ended: Object) -> str:
    if ended.get("reason"):
        return str(ended["reason"])
    return f"Signal:{ended['signal']}" if ended.get("signal") else f"ExitCode:{ended.get('exitCode', 0)}"


def _pod_restarts(pod: Object, now: float) -> str:
    statuses = at(pod, "status.containerStatuses", [])
    restarts = sum(each.get("restartCount", 0) for each in statuses)
    ended = [at(each, "lastState.terminated.finishedAt") for each in statuses if at(each, "lastState.terminated.finishedAt")]
    return f"{restarts} ({age(max(ended), now)} ago)" if restarts and ended else str(restarts)


def _gates(pod: Object, now: float) -> str:
    gates = [each["conditionType"] for each in at(pod, "spec.readinessGates", ())]
    met = {each["type"] for each in at(pod, "status.conditions", ()) if each.get("status") == "True"}
    return f"{sum(gate in met for gate in gates)}/{len(gates)}" if gates else "<none>"


def _node_status(node: Object, now: float) -> str:
    conditions = at(node, "status.conditions", [])
    ready = next((str(each["status"]) for each in conditions if each["type"] == "Ready"), "")
    word = {"True": "Ready", "False": "NotReady", "Unknown": "NotReady"}.get(ready, "Unknown")
    return word + (",SchedulingDisabled" if at(node, "spec.unschedulable") else "")


_ROLE_PREFIX = "node-role.kubernetes.io/"


def _node_roles(node: Object, now: float) -> str:
    labels = at(node, "metadata.labels", {})
    roles = {key.removeprefix(_ROLE_PREFIX) for key in labels if key.startswith(_ROLE_PREFIX)} | {labels.get("kubernetes.io/role", "")}
    return ",".join(sorted(roles - {""})) or "<none>"


def _address(kind: str) -> Any:
    return lambda node, now: next((each["address"] for each in at(node, "status.addresses", ()) if each["type"] == kind), "<none>")


def _kernel(node: Object, now: float) -> str:
    found, architecture = at(node, "status.nodeInfo.kernelVersion"), at(node, "status.nodeInfo.architecture")
    if not found:
        return "<unknown>"
    return f"{found} ({architecture})" if architecture else str(found)


def _involved(event: Object, now: float) -> str:
    about = at(event, "involvedObject") or at(event, "regarding") or {}
    return f"{about.get('kind', '').lower()}/{about.get('name', '')}"


def _source(event: Object, now: float) -> str:
    found = at(event, "source") or at(event, "deprecatedSource") or {}
    return ", ".join(each for each in (found.get("component") or event.get("reportingComponent"), found.get("host") or event.get("reportingInstance")) if each)


def _last_seen(event: Object, now: float) -> str:
    found = at(event, "series.lastObservedTime") or event.get("lastTimestamp") or event.get("deprecatedLastTimestamp") or event.get("eventTime")
    return age(found, now) if found else "<unknown>"


def _first_seen(event: Object, now: float) -> str:
    found = event.get("firstTimestamp") or event.get("deprecatedFirstTimestamp") or event.get("eventTime")
    return age(found, now) if found else "<unknown>"


def _count(event: Object, now: float) -> Any:
    return at(event, "series.count") or event.get("count") or event.get("deprecatedCount") or (1 if event.get("eventTime") else 0)


_EVENT = (
    Column("Last Seen", _last_seen),
    Column("Type", field("type")),
    Column("Reason", field("reason")),
    Column("Object", _involved),
    wide("Subobject", lambda event, now: at(event, "involvedObject.fieldPath") or at(event, "regarding.fieldPath") or ""),
    wide("Source", _source),
    Column("Message", lambda event, now: str(event.get("message") or event.get("note") or "").strip()),
    wide("First Seen", _first_seen),
    wide("Count", _count),
    Column("Name", field("metadata.name"), format="name", priority=1),
)


def _quota(kind: str) -> Any:
    """Return a cell with used and hard of each resource; those of limits apart from the others."""

    def cell(quota: Object, now: float) -> str:
        hard, used = at(quota, "status.hard", {}), at(quota, "status.used", {})
        names = [name for name in sorted(hard) if name.startswith("limits.") == (kind == "limits")]
        return ", ".join(f"{name}: {used.get(name, '0')}/{hard[name]}" for name in names)

    return cell


def _template(key: str) -> Any:
    return lambda obj, now: listed(each.get(key, "") for each in at(obj, "template.spec.containers", ()))


TABLES: dict[tuple[str, str], tuple[Column, ...]] = {
    ("", "namespaces"): (NAME, Column("Status", field("status.phase")), AGE),
    ("", "nodes"): (
        NAME,
        Column("Status", _node_status),
        Column("Roles", _node_roles),
        AGE,
        Column("Version", field("status.nodeInfo.kubeletVersion")),
        wide("Internal-IP", _address("InternalIP")),
        wide("External-IP", _address("ExternalIP")),
        wide("OS-Image", field("status.nodeInfo.osImage", "<unknown>")),
        wide("Kernel-Version", _kernel),
        wide("Container-Runtime", field("status.nodeInfo.containerRuntimeVersion", "<unknown>")),
    ),
    ("", "pods"): (
        NAME,
        Column("Ready", _pod_ready),
        Column("Status", _pod_status),
        Column("Restarts", _pod_restarts),
        AGE,
        wide("IP", field("status.podIP", "<none>")),
        wide("Node", field("spec.nodeName", "<none>")),
        wide("Nominated Node", field("status.nominatedNodeName", "<none>")),
        wide("Readiness Gates", _gates),
    ),
    ("", "podtemplates"): (
        NAME,
        Column("Containers", _template("name")),
        Column("Images", _template("image")),
        Column("Pod Labels", lambda obj, now: pairs(at(obj, "template.metadata.labels"))),
    ),
    ("", "configmaps"): (NAME, Column("Data", count("data", "binaryData")), AGE),
    ("", "secrets"): (NAME, Column("Type", field("type")), Column("Data", count("data")), AGE),
    ("", "serviceaccounts"): (NAME, AGE),
    ("", "limitranges"): (NAME, CREATED),
    ("", "resourcequotas"): (NAME, Column("Request", _quota("requests")), Column("Limit", _quota("limits")), AGE),
    ("", "events"): _EVENT,
    ("events.k8s.io", "events"): _EVENT,
    ("coordination.k8s.io", "leases"): (NAME, Column("Holder", field("spec.holderIdentity")), AGE),
}
