# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads that only serve to know beforehand what EKS would refuse: each made once, and none that must succeed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from ansible_collections.fleetops.eks.plugins.module_utils._aws.errors import DENIED, speaking
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import ServiceError
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Plan

Found = TypeVar("Found")


class Lookups:
    """What was looked up. Who may not read has EKS refuse what would have been told beforehand; `unread` says so, for a warning."""

    def __init__(self) -> None:
        self.unread: list[str] = []
        self._read: dict[tuple[str, ...], Any] = {}

    def once(self, action: str, about: tuple[str, ...], what: str, read: Callable[[], Found]) -> Found | None:
        """Return what a read answers, None where the caller may not do it. action: IAM's name of it; about: what is asked for; what: the same in words."""
        question = (action, *about)
        if question not in self._read:
            self._read[question] = None
            with self._noting(action), speaking(what):
                self._read[question] = read()
        found: Found | None = self._read[question]
        return found

    def warned(self, plan: Plan) -> Plan:
        """Return the plan with what could not be looked up."""
        return replace(plan, warnings=(*plan.warnings, *self.unread)) if self.unread else plan

    @contextmanager
    def _noting(self, action: str) -> Iterator[None]:
        try:
            yield
        except ServiceError as error:
            if error.code not in DENIED:
                raise
            self.unread.append(f"{error.message} Allow {action}, so that what EKS would refuse is found before anything is changed.")
