# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A declaration as the text of a file of host_vars. Pure: values in, YAML out; what is read back is what was written.

Texts that YAML would take for something else (1.30, yes, 007) are quoted; texts that Ansible would take for templates are marked !unsafe.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import missing_required_lib
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import FleetopsError

try:
    import yaml

    HAS_YAML = True
except ImportError:
    HAS_YAML = False

SHORT = 100
"""Characters up to which a list of plain values stands on one line."""
TEMPLATES = ("{{", "{%", "{#")
WORDS = ("y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "")
_NUMBER = re.compile(r"[-+.]?[0-9][-+.:_0-9a-fA-FoOxXtTzZ]*")
READERS = {
    "": "site.yml: where the cluster is",
    "eks_foundation": "eks_foundation: roles, key and log group of this cluster are somebody else's, and left alone",
    "eks_cluster": "eks_cluster: the control plane; its role and its key are used as they are",
    "eks_access": "eks_access: who may enter. Entries that AWS services made for themselves are not here, and stay",
    "eks_addons": "eks_addons: EKS add-ons, and the IAM roles of pods that no add-on owns",
    "eks_nodes": "eks_nodes: desired sizes count when a group is made; afterwards whatever scales it decides",
    "argocd_spoke": "argocd_spoke: not registered at the hub that the inventory names. Remove this line to register it",
}


def text(title: str, declared: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the file: a title, and a block of variables for each role, under a comment that names it."""
    blocks = [f"# {READERS.get(role, role)}\n{_dump(variables)}" for role, variables in declared.items()]
    return "\n".join([f"---\n# {title}\n", *blocks])


def _dump(variables: Mapping[str, Any]) -> str:
    if not HAS_YAML:
        raise FleetopsError(missing_required_lib("PyYAML"))
    return str(yaml.dump(dict(variables), Dumper=_dumper(), sort_keys=False, allow_unicode=True, width=10_000, default_flow_style=False))


def _dumper() -> Any:
    class Dumper(yaml.SafeDumper):
        """Members of a list are indented, as yamllint and people like it; no anchors."""

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
            super().increase_indent(flow, False)

        def ignore_aliases(self, data: Any) -> bool:
            return True

    Dumper.add_representer(str, _string)
    Dumper.add_representer(list, _list)
    return Dumper


def _string(dumper: Any, value: str) -> Any:
    if any(mark in value for mark in TEMPLATES):
        return dumper.represent_scalar("!unsafe", value, style="'")
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style='"' if _looks_otherwise(value) else None)


def _looks_otherwise(value: str) -> bool:
    """Whether some reader of YAML takes it for a number, a switch, a date or nothing."""
    return value.lower() in WORDS or _NUMBER.fullmatch(value) is not None


def _list(dumper: Any, value: list[Any]) -> Any:
    short = not any(isinstance(item, (dict, list)) for item in value) and sum(len(str(item)) + 2 for item in value) <= SHORT
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=short)
