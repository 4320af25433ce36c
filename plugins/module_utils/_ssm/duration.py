# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Durations as people write them: `90m`, `1h30m`, `2d`, or seconds."""

from __future__ import annotations

import re
from datetime import timedelta

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_WHOLE = re.compile(r"(?:\d+[smhd])+")
_PART = re.compile(r"(\d+)([smhd])")


def parse(text: str, *, option: str) -> timedelta:
    """Return the duration; a refusal that names option where text is none."""
    given = text.strip().lower()
    if given.isdigit():
        return timedelta(seconds=int(given))
    if not _WHOLE.fullmatch(given):
        raise Refusal(f"{option} {text!r} is not a duration.", remedy=f"Write {option} in seconds, or as 90m, 1h30m or 2d.", fields=(option,))
    return sum((timedelta(**{UNITS[unit]: int(number)}) for number, unit in _PART.findall(given)), timedelta())
