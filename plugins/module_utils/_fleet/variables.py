# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of the roles, as their argument specs declare them: types, and names that nothing reads. Pure."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.fleetops.eks.plugins.module_utils._fleet.declaration import Finding, Host


def check_types(host: Host, specs: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    """Yield what does not fit the argument specs ({role: {variable: spec}}); variables that are not set are the roles' own business."""
    for spec in specs.values():
        for variable, rule in spec.items():
            if variable not in host.variables:
                if rule.get("required"):
                    yield Finding(host.name, variable, "it is not set.", f"Set it: {_first(rule.get('description'))}")
                continue
            deep = {name: value for name, value in rule.items() if name != "options" or host[variable] != {}}  # an empty mapping says nothing
            one = copy.deepcopy({variable: {**deep, "required": False}})  # the validator writes into what it is given
            for error in ArgumentSpecValidator(one).validate({variable: copy.deepcopy(host[variable])}).error_messages:
                yield Finding(host.name, variable, f"{error}.", f"It is: {_first(rule.get('description'))}")


def check_names(host: Host, prefixes: Iterable[str], known: Iterable[str]) -> Iterator[Finding]:
    """Yield variables that begin like a role's, and that no role reads: a slip of the pen would be silent otherwise."""
    names = sorted(known)
    starts = tuple(f"{prefix}_" for prefix in prefixes)
    for variable in host.variables:
        if variable.startswith(starts) and variable not in names:
            close = difflib.get_close_matches(variable, names, n=1)
            remedy = f"Did you mean {close[0]}?" if close else "Remove it, or see the roles' argument specs for the names they read."
            yield Finding(host.name, variable, "no role reads this variable.", remedy)


def _first(description: Any) -> str:
    return str(description[0] if isinstance(description, list) else description or "see the role's argument specs.")
