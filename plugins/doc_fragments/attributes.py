# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules promise of check mode, diff mode and idempotence."""

from __future__ import annotations


class ModuleDocFragment:
    """Attributes of a module that plans before it touches; INFO for one that only reads."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Plans and returns what would be done; makes no call that writes.
    support: full
  diff_mode:
    description: Returns the fields that change, before and after; secrets are masked.
    support: full
  idempotent:
    description: A second run with the same options changes nothing and makes no call that writes.
    support: full
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    description: Only reads.
    support: full
  diff_mode:
    description: Never changes anything.
    support: none
  idempotent:
    description: Only reads.
    support: full
"""
