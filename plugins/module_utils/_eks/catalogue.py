# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What EKS offers in a region: Kubernetes versions with their calendar, add-ons with the versions they fit. Pure: requests out, answers in.

Facts: the older `status` of DescribeClusterVersions (standard-support) is deprecated for `versionStatus` (STANDARD_SUPPORT); the support calendar is the
service's, and never written down here. EKS API reference, DescribeClusterVersions, DescribeAddonVersions, DescribeAddonConfiguration.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.naming import to_snake
from ansible_collections.fleetops.eks.plugins.module_utils._eks import versions
from ansible_collections.fleetops.eks.plugins.module_utils._eks.addon_versions import rank

STATUSES = ("STANDARD_SUPPORT", "EXTENDED_SUPPORT", "UNSUPPORTED")
OLD_STATUSES = ("standard-support", "extended-support", "unsupported")


def version_request(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request of DescribeClusterVersions; a version that cannot be one is refused."""
    for version in params.get("cluster_versions") or ():
        versions.minor(version)
    given = {
        "clusterType": params.get("cluster_type"),
        "clusterVersions": params.get("cluster_versions"),
        "defaultOnly": params.get("default_only"),
        "includeAll": params.get("include_all"),
        "versionStatus": status_word(params.get("version_status")),
    }
    return {name: value for name, value in given.items() if value}


def status_word(given: str | None) -> str | None:
    """Return the status in the service's word of today."""
    return given.upper().replace("-", "_") if given else None


def version_results(answers: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the versions, newest first."""
    return [to_snake(answer) for answer in sorted(answers, key=lambda each: versions.minor(each["clusterVersion"]), reverse=True)]


def default_version(results: Sequence[Mapping[str, Any]]) -> str | None:
    return next((each["cluster_version"] for each in results if each.get("default_version")), None)


def addon_request(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request of DescribeAddonVersions; what cannot be asked is refused."""
    if params.get("kubernetes_version"):
        versions.minor(params["kubernetes_version"])
    if params.get("addon_version") and not (params.get("addon_name") and params.get("configuration")):
        raise Refusal(
            f"addon_version {params['addon_version']} is a version of no add-on that this task asks the configuration of.",
            remedy="Give addon_name and configuration too, or leave addon_version out.",
            fields=("addon_version",),
        )
    names = {"kubernetesVersion": "kubernetes_version", "addonName": "addon_name", "types": "types", "publishers": "publishers", "owners": "owners"}
    return {name: params[option] for name, option in names.items() if params.get(option)}


def addon_result(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return an add-on with its versions newest first, and its default version by Kubernetes version."""
    ordered = sorted(answer.get("addonVersions") or (), key=lambda each: rank(each["addonVersion"]), reverse=True)
    return {**to_snake({**answer, "addonVersions": ordered}), "default_versions": _defaults(ordered)}


def _defaults(ordered: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    found = {
        fit["clusterVersion"]: each["addonVersion"]
        for each in reversed(ordered)
        for fit in each.get("compatibilities") or ()
        if fit.get("defaultVersion") and fit.get("clusterVersion")
    }
    return dict(sorted(found.items(), key=lambda item: versions.minor(item[0]), reverse=True))


def configured_version(result: Mapping[str, Any], kubernetes_version: str | None) -> str | None:
    """Return the version whose configuration is worth reading: the default one for the Kubernetes version, else the newest; None where none fits."""
    listed = result.get("addon_versions") or []
    default: str | None = result["default_versions"].get(kubernetes_version)
    return default or (listed[0]["addon_version"] if listed else None)


def configuration_result(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema as a mapping, and the IAM policies that EKS recommends by service account."""
    return {
        "addon_name": answer["addonName"],
        "addon_version": answer["addonVersion"],
        "schema": json.loads(answer.get("configurationSchema") or "{}"),
        "pod_identity_configuration": to_snake(answer.get("podIdentityConfiguration") or []),
    }
