# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Updates, live: read, and waited for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import speaking
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import FleetopsError
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import Run
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Deadline, Verdict, settle
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api import update as api
from ansible_collections.fleetops.eks.plugins.module_utils._eks.api.base import describe_update
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.base import LiveResource
from ansible_collections.fleetops.eks.plugins.module_utils._eks.update import to_result
from ansible_collections.fleetops.eks.plugins.module_utils._eks.verdicts import update_verdict

Owner = Mapping[str, str]


class Updates(LiveResource):
    """The updates of one cluster and of what belongs to it. An owner is empty for the cluster itself."""

    def by_id(self, update_id: str, owner: Owner) -> list[dict[str, Any]]:
        """Return the update in a list; none where there is none of that id."""
        found = self._described(update_id, owner)
        return [] if found is None else [to_result(found, self.cluster, owner)]

    def of(self, owner: Owner) -> list[dict[str, Any]]:
        """Return all updates of an owner; none where there is no such owner."""
        with speaking(f"list updates of {self._words(owner)}"):
            ids = api.list_updates(self.client, self.cluster, **owner)
        if not owner:
            self.require_cluster(ids)
        return [each for update_id in ids or () for each in self.by_id(update_id, owner)]

    def of_all(self) -> list[dict[str, Any]]:
        """Return the updates of the cluster and of all its members."""
        own = self.of({})
        with speaking(f"list what belongs to cluster {self.cluster}"):
            members = api.members(self.client, self.cluster)
        return [*own, *(each for owner in members for each in self.of(owner))]

    def wait_for(self, update_id: str, owner: Owner, run: Run) -> None:
        """Return when the update has ended well; SettleFailed says why it did not."""
        if self._described(update_id, owner) is None:
            raise FleetopsError(
                f"There is no update {update_id} of {self._words(owner)}, so none to wait for.",
                remedy="Name whose it is (nodegroup_name, addon_name or capability_name), or correct update_id.",
            )

        def look() -> Verdict:
            return update_verdict(self._described(update_id, owner))

        settle(look, what=f"update {update_id} of {self._words(owner)}", deadline=Deadline(run.clock, run.wait_timeout), progress=run.progress)

    def _described(self, update_id: str, owner: Owner) -> dict[str, Any] | None:
        with speaking(f"describe update {update_id} of {self._words(owner)}"):
            found: dict[str, Any] | None = describe_update(self.client, name=self.cluster, updateId=update_id, **owner)
        return found

    def _words(self, owner: Owner) -> str:
        """Return whose an update is: `nodegroup workers of cluster edge`."""
        of = "".join(f"{member.removesuffix('Name')} {name} of " for member, name in owner.items())
        return f"{of}cluster {self.cluster}"
