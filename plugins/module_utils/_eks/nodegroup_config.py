# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What UpdateNodegroupConfig changes of a node group: its labels, taints, sizes and settings, all in one call. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.compare import map_delta, same_set
from ansible_collections.fleetops.eks.plugins.module_utils._core.naming import to_camel
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Change
from ansible_collections.fleetops.eks.plugins.module_utils._core.tags import shown

Delta = tuple[dict[str, Any], tuple[Change, ...]]
"""(members of the request, what they change); both empty when nothing differs."""

COUNT_OR_PERCENTAGE = (
    ("max_unavailable", "max_unavailable_percentage"),
    ("max_unhealthy_node_threshold_count", "max_unhealthy_node_threshold_percentage"),
    ("max_parallel_nodes_repaired_count", "max_parallel_nodes_repaired_percentage"),
)
"""EKS takes one of each pair: to declare one takes the other away."""


def labels(declared: Mapping[str, Any] | None, actual: Mapping[str, str], *, purge: bool) -> Delta:
    """NG2: a changed value is a change. None leaves all labels alone (NG15)."""
    texts = None if declared is None else {key: str(value) for key, value in declared.items()}
    wanted, unwanted = map_delta(texts, actual, purge=purge)
    if not wanted and not unwanted:
        return {}, ()
    changes = [Change(f"labels.{shown(key)}", actual.get(key), value) for key, value in wanted.items()]
    changes += [Change(f"labels.{shown(key)}", actual[key], None) for key in unwanted]
    request = {**({"addOrUpdateLabels": wanted} if wanted else {}), **({"removeLabels": unwanted} if unwanted else {})}
    return {"labels": request}, tuple(changes)


def taints(declared: Sequence[Mapping[str, Any]] | None, actual: Sequence[Mapping[str, Any]], *, purge: bool) -> Delta:
    """A taint is known by its key and effect; one of them may carry another value."""
    if declared is None:
        return {}, ()
    wanted, present = _by_key(declared), _by_key(actual)
    updated = [taint for key, taint in wanted.items() if present.get(key) != taint]
    removed = [taint for key, taint in present.items() if purge and key not in wanted]
    if not updated and not removed:
        return {}, ()
    request = {**({"addOrUpdateTaints": updated} if updated else {}), **({"removeTaints": removed} if removed else {})}
    after = wanted if purge else {**present, **wanted}
    return {"taints": request}, (Change("taints", list(present.values()), list(after.values())),)


def _by_key(found: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return taints by (key, effect); a missing value and an empty one are the same."""
    return {
        (taint["key"], taint["effect"]): {"key": taint["key"], **({"value": taint["value"]} if taint.get("value") else {}), "effect": taint["effect"]}
        for taint in found
    }


def scaling(declared: Mapping[str, int] | None, actual: Mapping[str, int], *, ignore_desired: bool) -> Delta:
    """The sizes that differ. A desired size that is not declared moves only as far as new bounds push it: an autoscaler owns it (NG13)."""
    wanted = given(declared or {})
    if ignore_desired:
        wanted.pop("desired_size", None)
    after = {**actual, **wanted}
    if "desired_size" not in wanted and "desired_size" in actual:
        after["desired_size"] = min(max(actual["desired_size"], after["min_size"]), after["max_size"])
    changed = {key: value for key, value in after.items() if actual.get(key) != value} if wanted else {}
    changes = tuple(Change(f"scaling_config.{key}", actual.get(key), value) for key, value in changed.items())
    return ({"scalingConfig": to_camel(changed)} if changed else {}), changes


def settings(option: str, member: str, declared: Mapping[str, Any] | None, actual: Mapping[str, Any] | None) -> Delta:
    """A group of settings, sent whole when a declared one differs. A group that EKS does not return is switched off."""
    actual = actual or {"enabled": False}
    wanted = given(declared or {})
    differing = {key: value for key, value in wanted.items() if not _same(value, actual.get(key))}
    if not differing:
        return {}, ()
    after = {**{key: value for key, value in actual.items() if key not in _displaced(wanted)}, **wanted}
    if option == "update_config":
        after.pop("enabled", None)
    changes = [Change(f"{option}.{key}", actual.get(key), value) for key, value in differing.items()]
    changes += [Change(f"{option}.{key}", actual[key], None) for key in _displaced(wanted) if key in actual]
    return {member: to_camel(after)}, tuple(changes)


def given(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that are declared."""
    return {key: value for key, value in members.items() if value is not None}


def _displaced(wanted: Mapping[str, Any]) -> set[str]:
    return {other for pair in COUNT_OR_PERCENTAGE for one, other in (pair, pair[::-1]) if one in wanted}


def _same(declared: Any, actual: Any) -> bool:
    return same_set(declared, actual) if isinstance(declared, list) else declared == actual
