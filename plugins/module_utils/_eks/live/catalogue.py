# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-ons that EKS offers, live."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import FleetopsError
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.addon import describe_addon_configuration
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.catalogue import describe_addon_versions
from ansible_collections.fleetops.eks.plugins.module_utils._eks.catalogue import addon_result, configuration_result, configured_version


class AddonCatalogue:
    """What a request leaves of the catalogue, read once."""

    def __init__(self, client: Any, request: Mapping[str, Any]) -> None:
        self.client = client
        self.request = request

    @cached_property
    def addons(self) -> list[dict[str, Any]]:
        """Return the add-ons by name; none where EKS knows none of that name."""
        with speaking("read the versions of add-ons"):
            found = describe_addon_versions(self.client, **self.request) or []
        return [addon_result(answer) for answer in sorted(found, key=lambda each: str(each["addonName"]))]

    def configuration(self, kubernetes_version: str | None, addon_version: str | None) -> list[dict[str, Any]]:
        """Return what can be configured of each add-on, in the version asked for or the one that is worth reading."""
        wanted = [(each["addon_name"], addon_version or configured_version(each, kubernetes_version)) for each in self.addons]
        return [self._configuration(name, version) for name, version in wanted if version is not None]

    def _configuration(self, name: str, version: str) -> dict[str, Any]:
        with speaking(f"read the configuration schema of add-on {name} {version}"):
            answer = describe_addon_configuration(self.client, name, version)
        if answer is None:
            raise FleetopsError(f"EKS offers no version {version} of add-on {name}.", remedy="Give an addon_version that this module lists without it.")
        return configuration_result(answer)
