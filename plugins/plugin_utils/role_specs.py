# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The argument specs of the roles that the collection ships."""

from __future__ import annotations

import pathlib
from collections.abc import Iterable
from typing import Any

import yaml

ROLES = pathlib.Path(__file__).resolve().parents[2] / "roles"


def role_specs(roles: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return {role: {variable: argument spec}}."""
    texts = {role: (ROLES / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8") for role in roles}
    return {role: yaml.safe_load(text)["argument_specs"]["main"]["options"] for role, text in texts.items()}
