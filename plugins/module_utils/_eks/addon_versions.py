# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions of add-ons: what EKS offers, what a declared word means, which versions lie on the way. Pure.

A version is `v1.18.3-eksbuild.2`. Facts: EKS API reference, DescribeAddonVersions; EKS user guide, `Update the Amazon VPC CNI`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal

ONE_MINOR_AT_A_TIME = frozenset({"vpc-cni", "kube-proxy", "eks-pod-identity-agent"})
NEVER_PAST = frozenset({"vpc-cni", "eks-pod-identity-agent"})
"""Those of them that EKS does not take past a minor of which it offers no version here; kube-proxy's versions are those of Kubernetes itself."""
SHOWN = 12
"""Versions named in an error: enough to choose from, few enough to read."""


@dataclass(frozen=True)
class Offer:
    """A version of an add-on that fits the cluster's Kubernetes version."""

    version: str
    default: bool = False


def offers_from_api(versions: Sequence[Mapping[str, Any]], kubernetes_version: str) -> tuple[Offer, ...]:
    """Return the offers among an add-on's `addonVersions`, newest first."""
    fitting = [(version["addonVersion"], _default_of(version, kubernetes_version)) for version in versions]
    found = [Offer(version, default) for version, default in fitting if default is not None]
    return tuple(sorted(found, key=lambda offer: rank(offer.version), reverse=True))


def _default_of(version: Mapping[str, Any], kubernetes_version: str) -> bool | None:
    """Whether version is the default for the Kubernetes version; None when it does not fit it."""
    fits = [item for item in version.get("compatibilities") or [] if item.get("clusterVersion") == kubernetes_version]
    return any(item.get("defaultVersion", False) for item in fits) if fits else None


def rank(version: str) -> tuple[int, ...]:
    """Return the numbers of a version, to order by: v1.18.3-eksbuild.2 is (1, 18, 3, 2)."""
    return tuple(int(number) for number in re.findall(r"\d+", version))


def is_exact(word: str) -> bool:
    """Whether word names one version; `latest`, `default` and `v1.18` do not."""
    return "-" in word


def same(word: str, version: str) -> bool:
    """Whether an exact word is that version; the leading v may be left out."""
    return word.removeprefix("v") == version.removeprefix("v")


def resolve(word: str, offers: Sequence[Offer], *, current: str | None, addon: str, kubernetes_version: str) -> str:
    """Return the version that word means.

    `default` is a floor: a current version that is offered and newer stays. A partial version means the newest that begins with it.
    """
    if not offers:
        raise Refusal(
            f"EKS offers no add-on {addon} for Kubernetes {kubernetes_version} in this region.",
            remedy="Correct the name; fleetops.eks.eks_addon_info with available lists what there is.",
            fields=("name",),
        )
    if word == "latest":
        return offers[0].version
    if word == "default":
        return _default(offers, current)
    return _matching(word, offers, addon, kubernetes_version)


def _default(offers: Sequence[Offer], current: str | None) -> str:
    default = next((offer.version for offer in offers if offer.default), offers[0].version)
    keeps = current is not None and rank(current) > rank(default) and any(offer.version == current for offer in offers)
    return current if keeps and current is not None else default


def _matching(word: str, offers: Sequence[Offer], addon: str, kubernetes_version: str) -> str:
    wanted = word.removeprefix("v")
    for offer in offers:
        version = offer.version.removeprefix("v")
        if version == wanted or (not is_exact(word) and version.startswith((f"{wanted}.", f"{wanted}-"))):
            return offer.version
    raise Refusal(
        f"Add-on {addon} has no version {word} for Kubernetes {kubernetes_version}; available are {_listed(offers)}.",
        remedy="Set version to one of these, to the beginning of one (v1.18), to default or to latest.",
        fields=("version",),
    )


def _listed(offers: Sequence[Offer]) -> str:
    names = [f"{offer.version} (default)" if offer.default else offer.version for offer in offers]
    more = f" and {len(names) - SHOWN} older" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def climb(addon: str, current: str, target: str, offers: Sequence[Offer]) -> tuple[list[str], list[str]]:
    """Return (the versions to go through, target last; the minors that lie between and are not offered).

    AWS asks for one minor at a time of some add-ons: each minor between is taken with its newest offered version.
    """
    low, high = sorted((rank(current)[:2], rank(target)[:2]))
    if addon not in ONE_MINOR_AT_A_TIME or low[0] != high[0] or high[1] - low[1] < 2:
        return [target], []
    newest: dict[int, str] = {}
    for offer in offers:
        if rank(offer.version)[0] == low[0]:
            newest.setdefault(rank(offer.version)[1], offer.version)
    between = list(range(low[1] + 1, high[1]))
    if rank(target) < rank(current):
        between.reverse()
    return [newest[minor] for minor in between if minor in newest] + [target], [f"{low[0]}.{minor}" for minor in between if minor not in newest]
