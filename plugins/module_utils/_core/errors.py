# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors of the collection. Each says what was tried on what, what came back, and what to do; only the shell turns them into a failed task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class FleetopsError(Exception):
    """An error a user can act on: `message` says what happened to what, `remedy` what to do; `facts` go into the task's result as they are."""

    def __init__(self, message: str, *, remedy: str = "", **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.facts: dict[str, Any] = facts

    def __str__(self) -> str:
        return " ".join(part for part in (self.message, self.remedy) if part)


class Refusal(FleetopsError):
    """The plan is impossible; no call was made."""

    def __init__(self, message: str, *, remedy: str, fields: tuple[str, ...] = ()) -> None:
        super().__init__(message, remedy=remedy, refused_fields=list(fields))


class ServiceError(FleetopsError):
    """A service answered with an error: its own words, code and request id travel in `error`."""

    def __init__(self, message: str, *, code: str, remedy: str = "", error: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, remedy=remedy, error={"code": code, **(error or {})})
        self.code = code


class Busy(ServiceError):
    """The resource is being changed by another operation; `update_id` names it where the service did."""

    def __init__(self, message: str, *, code: str, update_id: str | None = None, error: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, code=code, error=error)
        self.update_id = update_id


class SettleFailed(FleetopsError):
    """An operation was accepted and then failed on the service's side."""


class SettleTimeout(FleetopsError):
    """The deadline passed before an operation settled; the last state seen is in the facts."""


class ParentMissing(FleetopsError):
    """What the resource belongs to (its cluster) does not exist. Check mode plans on, as though an earlier task had made it."""
