# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Members of a set of which one list tells who exists: those that do not are not asked for one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Optional

from ansible_collections.fleetops.eks.plugins.module_utils._core.many import Many
from ansible_collections.fleetops.eks.plugins.module_utils._eks.live.base import LiveResource

Names = Callable[[], Optional[list[str]]]


class Listed(Many):
    """Members of a cluster by name, in waves. `found` is the list that the set was made from: the first observation needs no other.

    `names` reads that list, None when there is no such cluster; `required` whether that is an error (nothing to remove is none).
    """

    def __init__(self, cluster: LiveResource, waves: Sequence[Mapping[str, LiveResource]], names: Names, *, found: list[str] | None, required: bool) -> None:
        super().__init__(waves)
        self.cluster = cluster
        self.names = names
        self.required = required
        self._found = found

    def observe(self) -> dict[str, Any]:
        found, self._found = self._found, None
        if found is None:
            found = self.names()
        if self.required:
            self.cluster.require_cluster(found)
        return {name: member.observe() if name in (found or ()) else member.nothing() for name, member in self.members.items()}
