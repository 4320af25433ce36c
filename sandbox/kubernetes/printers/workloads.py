"""What runs pods: apps, batch, autoscaling."""

from __future__ import annotations

from typing import Any

from sandbox.kubernetes.names import parse_timestamp
from sandbox.kubernetes.printers.cells import (
    AGE,
    NAME,
    Column,
    Object,
    at,
    containers,
    field,
    integer,
    pairs,
    selector,
    shown,
    since,
    span,
    text,
    wide,
)

_TEMPLATE = "spec.template.spec"
_SELECTOR = wide("Selector", lambda obj, now: selector(at(obj, "spec.selector")))


def _ready(obj: Object, now: float) -> str:
    return f"{at(obj, 'status.readyReplicas', 0)}/{at(obj, 'spec.replicas', 0)}"


def _replicas(kind_selector: Column) -> tuple[Column, ...]:
    return (
        NAME,
        integer("Desired", "spec.replicas"),
        integer("Current", "status.replicas"),
        integer("Ready", "status.readyReplicas"),
        AGE,
        *containers(_TEMPLATE),
        kind_selector,
    )


def _job_status(job: Object, now: float) -> str:
    met = {each["type"] for each in at(job, "status.conditions", ()) if each.get("status") == "True"}
    for condition, word in (("Complete", "Complete"), ("Failed", "Failed")):
        if condition in met:
            return word
    if at(job, "metadata.deletionTimestamp"):
        return "Terminating"
    for condition, word in (("Suspended", "Suspended"), ("FailureTarget", "FailureTarget"), ("SuccessCriteriaMet", "SuccessCriteriaMet")):
        if condition in met:
            return word
    return "Running"


def _completions(job: Object, now: float) -> str:
    done, wanted, parallel = at(job, "status.succeeded", 0), at(job, "spec.completions"), at(job, "spec.parallelism") or 0
    if wanted is not None:
        return f"{done}/{wanted}"
    return f"{done}/1 of {parallel}" if parallel > 1 else f"{done}/1"


def _duration(job: Object, now: float) -> str:
    start, end = at(job, "status.startTime"), at(job, "status.completionTime")
    if not start:
        return ""
    return span((parse_timestamp(end) if end else now) - parse_timestamp(start))


def _metric(hpa: Object, now: float) -> str:
    metrics, current = at(hpa, "spec.metrics", ()), at(hpa, "status.currentMetrics", ())
    found = [_target(each, current[index] if index < len(current) else {}) for index, each in enumerate(metrics)]
    return ", ".join(found[:2]) + (f" + {len(found) - 2} more..." if len(found) > 2 else "") if found else "<none>"


_SHAPES = {"Resource": "resource", "ContainerResource": "containerResource", "Pods": "pods", "Object": "object", "External": "external"}


def _target(metric: Object, current: Object) -> str:
    shape = _SHAPES.get(metric["type"], "")
    wanted, have = at(metric, f"{shape}.target", {}), at(current, f"{shape}.current", {})
    name = f"{metric[shape].get('name', '')}: " if shape in ("resource", "containerResource") else ""
    if wanted.get("averageUtilization") is not None:
        now = f"{have['averageUtilization']}%" if have.get("averageUtilization") is not None else "<unknown>"
        return f"{name}{now}/{wanted['averageUtilization']}%"
    if wanted.get("averageValue") is not None:
        return f"{name}{have.get('averageValue', '<unknown>')}/{wanted['averageValue']}" + (" (avg)" if shape in ("external", "object") else "")
    return f"{name}{have.get('value', '<unknown>')}/{wanted.get('value', '<auto>')}"


def _controller(revision: Object, now: float) -> str:
    owner = next((each for each in at(revision, "metadata.ownerReferences", ()) if each.get("controller")), None)
    if owner is None:
        return "<none>"
    group = owner["apiVersion"].rpartition("/")[0]
    return f"{owner['kind'].lower()}{'.' + group if group else ''}/{owner['name']}"


def _last_schedule() -> Any:
    return since("status.lastScheduleTime", "<none>")


TABLES: dict[tuple[str, str], tuple[Column, ...]] = {
    ("apps", "deployments"): (
        NAME,
        Column("Ready", _ready),
        Column("Up-to-date", field("status.updatedReplicas", 0)),
        Column("Available", field("status.availableReplicas", 0)),
        AGE,
        *containers(_TEMPLATE),
        _SELECTOR,
    ),
    ("apps", "statefulsets"): (NAME, Column("Ready", _ready), AGE, *containers(_TEMPLATE)),
    ("apps", "daemonsets"): (
        NAME,
        integer("Desired", "status.desiredNumberScheduled"),
        integer("Current", "status.currentNumberScheduled"),
        integer("Ready", "status.numberReady"),
        integer("Up-to-date", "status.updatedNumberScheduled"),
        integer("Available", "status.numberAvailable"),
        Column("Node Selector", lambda obj, now: pairs(at(obj, f"{_TEMPLATE}.nodeSelector"))),
        AGE,
        *containers(_TEMPLATE),
        _SELECTOR,
    ),
    ("apps", "replicasets"): _replicas(_SELECTOR),
    ("", "replicationcontrollers"): _replicas(wide("Selector", lambda obj, now: pairs(at(obj, "spec.selector")))),
    ("apps", "controllerrevisions"): (NAME, Column("Controller", _controller), Column("Revision", field("revision", 0)), AGE),
    ("autoscaling", "horizontalpodautoscalers"): (
        NAME,
        Column("Reference", lambda obj, now: f"{at(obj, 'spec.scaleTargetRef.kind')}/{at(obj, 'spec.scaleTargetRef.name')}"),
        Column("Targets", _metric),
        Column("MinPods", text("spec.minReplicas", "<unset>")),
        Column("MaxPods", field("spec.maxReplicas", 0)),
        Column("Replicas", field("status.currentReplicas", 0)),
        AGE,
    ),
    ("batch", "cronjobs"): (
        NAME,
        Column("Schedule", field("spec.schedule")),
        Column("Timezone", field("spec.timeZone", "<none>")),
        Column("Suspend", lambda obj, now: shown(at(obj, "spec.suspend"), "<unset>").capitalize(), "boolean"),
        Column("Active", lambda obj, now: len(at(obj, "status.active", ())), "integer"),
        Column("Last Schedule", _last_schedule()),
        AGE,
        *containers("spec.jobTemplate.spec.template.spec"),
        wide("Selector", lambda obj, now: selector(at(obj, "spec.jobTemplate.spec.selector"))),
    ),
    ("batch", "jobs"): (
        NAME,
        Column("Status", _job_status),
        Column("Completions", _completions),
        Column("Duration", _duration),
        AGE,
        *containers(_TEMPLATE),
        _SELECTOR,
    ),
}
