# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of the control plane's components, held to what the catalogue of versions allows (DescribeClusterVersions, controlPlaneComponentConfig)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.naming import snake, to_camel
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster_fields import by_meaning
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster_rules import Problem
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster_values import ClusterSpec

COMPONENTS = ("kube_api_server_config", "kube_scheduler_config", "kube_controller_manager_config")
_RANGES = (
    ("kubeApiServerConfig", "eventTtl"),
    ("kubeControllerManagerConfig", "podGcControllerConfig", "terminatedPodGcThreshold"),
    ("kubeControllerManagerConfig", "horizontalPodAutoscalerControllerConfig", "horizontalPodAutoscalerSyncPeriod"),
)
"""Settings with a least and a greatest value."""
_PORTS = ("kubeApiServerConfig", "serviceNodePortRange")
_SCORING = ("kubeSchedulerConfig", "nodeResourcesFit", "scoringStrategy")


def beyond(spec: ClusterSpec, row: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the declared settings that a version does not take; what the catalogue does not speak of is left to EKS."""
    declared = to_camel({name: getattr(spec, name) for name in COMPONENTS})
    allowed = row.get("controlPlaneComponentConfig") or {}
    for path in _RANGES:
        yield from _outside(path, _at(declared, path), _at(allowed, (*path, "constraints")))
    for end in ("minPort", "maxPort"):
        yield from _outside((*_PORTS, end), _at(declared, (*_PORTS, end)), _at(allowed, (*_PORTS, "constraints", end)))
    yield from _scoring(_at(declared, _SCORING) or {}, _at(allowed, (*_SCORING, "constraints")) or {})


def _scoring(declared: Mapping[str, Any], allowed: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _unknown((*_SCORING, "type"), declared.get("type"), _at(allowed, ("scoringStrategy", "allowedValues")))
    for resource in declared.get("resources") or ():
        yield from _unknown((*_SCORING, "resources"), resource["name"], _at(allowed, ("resources", "name", "allowedValues")))
        yield from _outside((*_SCORING, "resources", resource["name"]), resource["weight"], _at(allowed, ("resources", "weight")))


def _outside(path: tuple[str, ...], value: Any, bounds: Mapping[str, Any] | None) -> Iterator[Problem]:
    least, most = (bounds or {}).get("min"), (bounds or {}).get("max")
    if value is None or least is None or most is None:
        return
    if not by_meaning(least) <= by_meaning(value) <= by_meaning(most):
        yield Problem(f"{_option(path)} {value} is out of range.", f"Give {_option(path)} from {least} to {most}.", (_option(path[:1]),))


def _unknown(path: tuple[str, ...], value: Any, allowed: Any) -> Iterator[Problem]:
    if value is not None and allowed and value not in allowed:
        yield Problem(f"{_option(path)} does not take {value}.", f"Give one of {', '.join(allowed)}.", (_option(path[:1]),))


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        value = (value or {}).get(key)
    return value


def _option(path: tuple[str, ...]) -> str:
    return ".".join(snake(name) for name in path)
