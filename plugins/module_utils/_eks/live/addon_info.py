# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is there of add-ons, and what is on offer, for eks_addon_info."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._core.naming import to_snake
from ansible_collections.fleetops.eks.plugins.module_utils._eks.addon_versions import offers_from_api
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api import addon as api
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.base import LiveResource


class AddonReader:
    """Reads of one task; cluster or kubernetes_version may be None, not both."""

    def __init__(self, client: Any, cluster: str | None, name: str | None, kubernetes_version: str | None) -> None:
        self.client = client
        self.cluster = cluster
        self.name = name
        self.wanted_version = kubernetes_version

    @cached_property
    def answers(self) -> list[dict[str, Any]]:
        """The add-ons of the cluster, described; none where no cluster is named."""
        if self.cluster is None:
            return []
        with speaking(f"read the add-ons of cluster {self.cluster}"):
            found = LiveResource(self.client, self.cluster).require_cluster(api.list_addons(self.client, self.cluster))
            wanted = [name for name in sorted(found) if self.name in (None, name)]
            described = [api.describe_addon(self.client, self.cluster, name) for name in wanted]
        return [answer for answer in described if answer is not None]

    @cached_property
    def kubernetes_version(self) -> str:
        if self.wanted_version or self.cluster is None:
            return self.wanted_version or ""
        with speaking(f"read the Kubernetes version of cluster {self.cluster}"):
            found = LiveResource(self.client, self.cluster).require_cluster(api.describe_cluster(self.client, self.cluster))
        return str(found["version"])

    def addons(self) -> list[dict[str, Any]]:
        return [to_snake(answer) for answer in self.answers]

    def available(self) -> list[dict[str, Any]]:
        """Return each add-on's versions on offer, newest first, and its default one."""
        version = self.kubernetes_version
        where = {"kubernetesVersion": version, **({"addonName": self.name} if self.name else {})}
        with speaking(f"read the versions of add-ons for Kubernetes {version}"):
            found = api.describe_addon_versions(self.client, **where) or []
        return [_available(entry, version) for entry in sorted(found, key=lambda entry: str(entry["addonName"]))]

    def configuration(self) -> list[dict[str, Any]]:
        """Return the schemas of the add-ons that are there; of the default version of a named one that is not."""
        wanted = [(answer["addonName"], answer["addonVersion"]) for answer in self.answers]
        if not wanted and self.name:
            wanted = [(entry["addon_name"], entry["default_version"]) for entry in self.available() if entry["default_version"]]
        return [self._configuration(name, version) for name, version in wanted]

    def _configuration(self, name: str, version: str) -> dict[str, Any]:
        with speaking(f"read the configuration schema of add-on {name} {version}"):
            found = api.describe_addon_configuration(self.client, name, version) or {}
        return {
            "addon_name": name,
            "addon_version": version,
            "schema": json.loads(found.get("configurationSchema") or "{}"),
            "pod_identity_configuration": to_snake(found.get("podIdentityConfiguration") or []),
        }


def _available(entry: dict[str, Any], kubernetes_version: str) -> dict[str, Any]:
    offers = offers_from_api(entry["addonVersions"], kubernetes_version)
    return {
        "addon_name": entry["addonName"],
        "kubernetes_version": kubernetes_version,
        "default_version": next((offer.version for offer in offers if offer.default), None),
        "versions": [offer.version for offer in offers],
        "default_namespace": entry.get("defaultNamespace"),
        "owner": entry.get("owner"),
        "type": entry.get("type"),
    }
