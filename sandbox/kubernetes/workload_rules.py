"""What the workloads must be like, and what of a StatefulSet and a Job stays as it was made."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from typing import Any

from sandbox.kubernetes.errors import Cause, Struct, forbidden_field, invalid_value, not_supported, required
from sandbox.kubernetes.field_rules import at_most_all, chosen, count_or_percent, is_nothing, label_selector, not_negative, shown_selector
from sandbox.kubernetes.pod_spec_rules import pod_spec
from sandbox.kubernetes.selectors import from_label_selector, labels_match

Object = dict[str, Any]
_MISMATCH = "`selector` does not match template `labels`"
_SET_CHANGES = frozenset(
    {"replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", "persistentVolumeClaimRetentionPolicy", "minReadySeconds"}
)
_SET_ONLY = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit',"
    " 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
)
_LONGEST_CRON_JOB = 52


def deployment(obj: Object) -> list[Cause]:
    spec = obj.get("spec") or {}
    causes = [*not_negative(spec, ("replicas",), "spec"), *_template(spec, "deployment"), *_deployment_strategy(spec.get("strategy") or {}, "spec.strategy")]
    causes += not_negative(spec, ("minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"), "spec")
    deadline = spec.get("progressDeadlineSeconds")
    if deadline is not None and deadline <= spec.get("minReadySeconds", 0):
        causes.append(invalid_value("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds"))
    return causes


def replica_set(obj: Object) -> list[Cause]:
    spec = obj.get("spec") or {}
    return [*not_negative(spec, ("replicas", "minReadySeconds"), "spec"), *_template(spec, "deployment")]


def daemon_set(obj: Object) -> list[Cause]:
    spec = obj.get("spec") or {}
    causes = [*_template(spec, "daemonset"), *not_negative(spec, ("minReadySeconds",), "spec")]
    strategy = spec.get("updateStrategy") or {}
    if strategy.get("type") not in ("RollingUpdate", "OnDelete"):
        causes.append(not_supported("spec.updateStrategy", _internal(strategy), ("RollingUpdate", "OnDelete"), in_order=True))
    return causes + list(not_negative(spec, ("revisionHistoryLimit",), "spec"))


def stateful_set(obj: Object) -> list[Cause]:
    spec = obj.get("spec") or {}
    causes: list[Cause] = []
    if spec.get("podManagementPolicy") not in ("OrderedReady", "Parallel"):
        causes.append(invalid_value("spec.podManagementPolicy", spec.get("podManagementPolicy"), "must be 'OrderedReady' or 'Parallel'"))
    strategy = spec.get("updateStrategy") or {}
    if strategy.get("type") not in ("RollingUpdate", "OnDelete"):
        causes.append(invalid_value("spec.updateStrategy", _internal(strategy), "must be 'RollingUpdate' or 'OnDelete'"))
    return [*causes, *not_negative(spec, ("replicas", "minReadySeconds", "revisionHistoryLimit"), "spec"), *_template(spec, "statefulset")]


def job(obj: Object) -> list[Cause]:
    spec = obj.get("spec") or {}
    causes = list(_generated_selector(obj, spec)) if not spec.get("manualSelector") else []
    counts = ("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished")
    causes += not_negative(spec, counts, "spec")
    template = spec.get("template") or {}
    causes += _selected(spec, template) if "selector" in spec else ()
    return causes + list(_run_to_end(template.get("spec") or {}, "spec.template.spec"))


def _run_to_end(pod: Object, at: str) -> Iterator[Cause]:
    yield from pod_spec(pod, at)
    if pod.get("restartPolicy") in (None, "", "Always"):
        yield required(f"{at}.restartPolicy", 'valid values: "OnFailure", "Never"')


def _generated_selector(obj: Object, spec: Object) -> Iterator[Cause]:
    wanted = {"matchLabels": {"batch.kubernetes.io/controller-uid": obj["metadata"].get("uid", "")}}
    if "selector" in spec and spec["selector"] != wanted:
        yield invalid_value("spec.selector", shown_selector(spec["selector"]), "`selector` not auto-generated")


def cron_job(obj: Object) -> list[Cause]:
    spec, name = obj["spec"], obj["metadata"]["name"]
    causes = [*_schedule(spec.get("schedule", "")), *_zone(spec), *not_negative(spec, ("startingDeadlineSeconds",), "spec")]
    causes += chosen(spec, "concurrencyPolicy", ("Allow", "Forbid", "Replace"), "spec")
    causes += not_negative(spec, ("successfulJobsHistoryLimit", "failedJobsHistoryLimit"), "spec")
    template = ((spec.get("jobTemplate") or {}).get("spec") or {}).get("template") or {}
    causes += _run_to_end(template.get("spec") or {}, "spec.jobTemplate.spec.template.spec")
    if len(name) > _LONGEST_CRON_JOB:
        causes.append(invalid_value("metadata.name", name, f"must be no more than {_LONGEST_CRON_JOB} characters"))
    return causes


def _schedule(text: str) -> Iterator[Cause]:
    words = text.split()
    if not text:
        yield required("spec.schedule")
    elif not text.startswith("@") and len(words) != 5:
        yield invalid_value("spec.schedule", text, f"expected exactly 5 fields, found {len(words)}: [{' '.join(words)}]")


def _zone(spec: Object) -> Iterator[Cause]:
    name = spec.get("timeZone")
    if name is None:
        return
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        yield invalid_value("spec.timeZone", name, f"unknown time zone {name}")


def _template(spec: Object, word: str) -> Iterator[Cause]:
    """Yield what is wrong with a selector and the template that it must select."""
    selector, template = spec.get("selector"), spec.get("template") or {}
    if selector is None and word != "daemonset":
        yield required("spec.selector")
    wrong = list(label_selector(selector or {}, "spec.selector"))
    yield from wrong
    if selector is not None and not selector.get("matchLabels") and not selector.get("matchExpressions"):
        yield invalid_value("spec.selector", Struct(), f"empty selector is invalid for {word}")
    if wrong:
        yield invalid_value("spec.selector", shown_selector(selector), "invalid label selector")
        return
    yield from _selected(spec, template)
    pod = template.get("spec") or {}
    yield from pod_spec(pod, "spec.template.spec")
    if pod.get("restartPolicy") != "Always":
        yield not_supported("spec.template.spec.restartPolicy", pod.get("restartPolicy"), ("Always",))


def _selected(spec: Object, template: Object) -> list[Cause]:
    selector = spec.get("selector")
    labels = (template.get("metadata") or {}).get("labels")
    if selector is not None and labels_match(from_label_selector(selector), labels):
        return []
    return [invalid_value("spec.template.metadata.labels", labels, _MISMATCH)]


def _internal(strategy: Object) -> Struct:
    """Return an update strategy as errors print it: the server's own type has no JSON names."""
    rolling = strategy.get("rollingUpdate")
    shown = None if rolling is None else Struct({key[0].upper() + key[1:]: value for key, value in rolling.items()})
    return Struct({"Type": strategy.get("type", ""), "RollingUpdate": shown})


def _deployment_strategy(strategy: Object, at: str) -> Iterator[Cause]:
    kind, rolling = strategy.get("type"), strategy.get("rollingUpdate")
    if kind == "Recreate":
        if rolling is not None:
            yield forbidden_field(f"{at}.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'")
    elif kind != "RollingUpdate":
        yield not_supported(at, _internal(strategy), ("Recreate", "RollingUpdate"))
    elif rolling is not None:
        yield from _rolling(rolling, f"{at}.rollingUpdate")


def _rolling(rolling: Object, at: str) -> Iterator[Cause]:
    less, more = rolling.get("maxUnavailable", 0), rolling.get("maxSurge", 0)
    yield from count_or_percent(less, f"{at}.maxUnavailable")
    yield from count_or_percent(more, f"{at}.maxSurge")
    if is_nothing(less) and is_nothing(more):
        yield invalid_value(f"{at}.maxUnavailable", less, "may not be 0 when `maxSurge` is 0")
    yield from at_most_all(less, f"{at}.maxUnavailable")


_STATUS_COUNTS = ("observedGeneration", "replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas", "terminatingReplicas")


def deployment_status(obj: Object) -> Iterator[Cause]:
    status = obj.get("status") or {}
    yield from not_negative(status, (*_STATUS_COUNTS, "collisionCount"), "status")
    for key in ("updatedReplicas", "readyReplicas", "availableReplicas"):
        if status.get(key, 0) > status.get("replicas", 0):
            yield invalid_value(f"status.{key}", status.get(key, 0), "cannot be greater than status.replicas")
    if status.get("availableReplicas", 0) > status.get("readyReplicas", 0):
        yield invalid_value("status.availableReplicas", status["availableReplicas"], "cannot be greater than readyReplicas")


def changed_set(live: Object, new: Object) -> Iterator[Cause]:
    """Yield that an update changes what a StatefulSet keeps."""
    before, after = ({key: value for key, value in obj["spec"].items() if key not in _SET_CHANGES} for obj in (live, new))
    if before != after:
        yield forbidden_field("spec", _SET_ONLY)


def changed_job(live: Object, new: Object) -> Iterator[Cause]:
    """Yield what an update changes of a Job that stays."""
    for key in ("completions", "selector", "template", "completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy"):
        if live["spec"].get(key) != new["spec"].get(key):
            yield invalid_value(f"spec.{key}", new["spec"].get(key), "field is immutable")
