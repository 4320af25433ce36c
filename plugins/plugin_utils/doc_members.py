# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a resource, documented once: for the module of one, and as the members of a list for the module of many."""

from __future__ import annotations

import re
import textwrap


def members_of(option: str, documentation: str) -> str:
    """Return the fragment in which the options of documentation are suboptions of an option. What they say of each other is said of the members."""
    _options, _newline, members = documentation.strip("\n").partition("\n")
    names = "|".join(re.findall(r"^  (\w+):$", members, re.MULTILINE))
    own = re.sub(rf"\bO\((?=(?:{names})\b)", f"O({option}[].", members)
    return f"options:\n  {option}:\n    suboptions:\n{textwrap.indent(own, '    ')}\n"
