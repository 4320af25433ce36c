# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a task says which Kubernetes API it talks to."""

from __future__ import annotations

from typing import Any


def kube_options(cluster: str = "cluster_name") -> dict[str, dict[str, Any]]:
    """Return the argument spec; doc fragment fleetops.eks.kube documents it. `cluster` names the option for the EKS cluster."""
    return {
        cluster: {"type": "str"},
        "kubeconfig": {"type": "path"},
        "context": {"type": "str"},
        "host": {"type": "str"},
        "api_key": {"type": "str", "no_log": True},
        "ca_cert": {"type": "path", "aliases": ["ssl_ca_cert"]},
        "ca_data": {"type": "str"},
    }


def kube_rules(cluster: str = "cluster_name") -> dict[str, Any]:
    """Return what else the spec of a module needs: which of the options exclude each other."""
    return {"mutually_exclusive": [["kubeconfig", "host"], ["kubeconfig", cluster], ["api_key", cluster], ["ca_cert", "ca_data"]]}
