# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names that nodeadm's --skip really matches. It takes any text, and four of the names in its own help match nothing (aws/eks-hybrid v1.0.20)."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal

INIT = frozenset(
    {
        "install-validation",
        "cni-validation",
        "node-ip-validation",
        "kubelet-cert-validation",
        "aws-auth-validation",
        "k8s-authentication-validation",
        "kubelet-version-skew-validation",
        "api-server-endpoint-resolution-validation",
        "proxy-validation",
        "node-inactive-validation",
        "cluster-access-validation",
        "ssm-api-network",
        "iam-ra-api-network",
        "preprocess",
        "config",
        "run",
    }
)
UNINSTALL = frozenset({"pod-validation", "node-validation"})
ADVERTISED_IN_VAIN = {
    "ssm-api-network-validation": "ssm-api-network",
    "iam-ra-api-network-validation": "iam-ra-api-network",
    "credentials-validation": "",
    "k8s-endpoint-network-validation": "",
}


def check(names: Sequence[str], known: frozenset[str]) -> None:
    """Refuse a name that nodeadm would take and ignore."""
    wrong = [name for name in names if name not in known]
    if wrong:
        meant = "".join(f" {name} is really {ADVERTISED_IN_VAIN[name]}." for name in wrong if ADVERTISED_IN_VAIN.get(name))
        text = f"nodeadm has no validation or phase {', '.join(wrong)} to skip.{meant}"
        raise Refusal(text, remedy=f"Choose of {', '.join(sorted(known))}.", fields=("skip",))
