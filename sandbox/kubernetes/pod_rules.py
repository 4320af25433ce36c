"""What an update may change of a pod: images, its deadline, tolerations that are added."""

from __future__ import annotations

from typing import Any

from sandbox.kubernetes.errors import Cause, forbidden_field, invalid_value, required

Object = dict[str, Any]
_LISTS = ("containers", "initContainers")
_ONLY = (
    "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
    "`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)


def changed(live: Object, new: Object) -> list[Cause]:
    """Return what an update changes although it may not. The real server shows the difference behind the same words, in its internal form."""
    before, after = live["spec"], new["spec"]
    counts = [key for key in _LISTS if len(before.get(key) or ()) != len(after.get(key) or ())]
    if counts:
        return [forbidden_field(f"spec.{key}", "pod updates may not add or remove containers") for key in counts]
    told = [required(f"spec.{key}[{index}].image") for key in _LISTS for index, each in enumerate(after.get(key) or ()) if not each.get("image")]
    deadline = _later(before.get("activeDeadlineSeconds"), after.get("activeDeadlineSeconds"))
    if deadline:
        return [*told, deadline]
    return told if _without_what_may_change(before, after) == before else [*told, forbidden_field("spec", _ONLY)]


def _later(before: int | None, after: int | None) -> Cause | None:
    """Return what is wrong with a deadline that was put off or taken away."""
    if before is None or (after is not None and after <= before):
        return None
    why = "must not update from a positive integer to nil value" if after is None else "must be less than or equal to previous value"
    return invalid_value("spec.activeDeadlineSeconds", after, why)


def _without_what_may_change(before: Object, after: Object) -> Object:
    """Return the new spec with the old values of what an update may change."""
    kept = dict(after)
    for key in _LISTS:
        if after.get(key):
            kept[key] = [_image_of(old, new) for old, new in zip(before[key], after[key], strict=True)]
    free = ["activeDeadlineSeconds"]
    if all(each in (after.get("tolerations") or ()) for each in before.get("tolerations") or ()):
        free.append("tolerations")
    if before.get("terminationGracePeriodSeconds", 0) < 0 and after.get("terminationGracePeriodSeconds") == 1:
        free.append("terminationGracePeriodSeconds")
    for key in free:
        kept.pop(key, None)
        if key in before:
            kept[key] = before[key]
    return kept


def _image_of(old: Object, new: Object) -> Object:
    return {**new, "image": old["image"]} if "image" in old else new
