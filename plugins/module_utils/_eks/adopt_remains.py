# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster has that no declaration of it says: what it is, which ones, and why. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from ansible_collections.fleetops.eks.plugins.module_utils._eks.access_entry import EntryState

MEMBERS = {
    "node group": "nodegroups",
    "Fargate profile": "fargate_profiles",
    "add-on": "addons",
    "capability": "capabilities",
    "identity provider": "identity_providers",
}
"""What comes and goes by itself, and where Observed has it."""
OWN_NODES = ("EC2_LINUX", "EC2_WINDOWS", "HYPERPOD_LINUX")
BASICS = ("vpc-cni", "kube-proxy", "coredns")
AUTHORITIES = "Certificate authorities are rotated in steps (eks_certificate_authority), and no state that a run could make true again."
NODES = "The machines are their owner's. Their access entries are declared, so that they stay in."
SERVICES = "AWS services made these access entries with what they are for. They are in no declaration, and no run removes them."
CONFIG_MAP = "The cluster has no access entries. Who may enter stands in the ConfigMap aws-auth, which no run touches."
SELF_MANAGED = "They are no add-ons of EKS here: managed in the cluster by somebody else, part of Auto Mode, or absent. No run touches them."
UNTRUSTED = "IAM does not trust the issuer of this cluster, and no run makes it. Set eks_cluster_irsa to true where service accounts are to assume roles."
TRUSTED_OTHERWISE = "A provider at IAM is there, with other tags or clients than a run would give it. Set eks_cluster_irsa to true to have it managed."
TRUST_UNREAD = "These credentials may not read OIDC providers of IAM, so none is managed. Set eks_cluster_irsa to true where one is to be."
FOUNDATION = "They belong to who made them. The declaration names them where they are used, and no run changes them."


class Seen(Protocol):
    """A member with a name and a status."""

    @property
    def name(self) -> str: ...
    @property
    def status(self) -> str: ...


def remains(observed: Any, of_services: Iterable[EntryState], trust: str | None) -> list[dict[str, Any]]:
    """Return [{what, names, why}] of what is left out of a declaration. trust: why the issuer's provider at IAM is not declared, if it is not."""
    cluster = observed.cluster
    found = [
        ("certificate authorities", [each["id"] for each in observed.authorities], AUTHORITIES),
        ("self-managed nodes", sorted(entry.raw["principalArn"] for entry in observed.entries if _own_nodes(entry, observed)), NODES),
        ("access entries of services", sorted(entry.raw["principalArn"] for entry in of_services), SERVICES),
        ("entries of aws-auth", ["kube-system/aws-auth"] if cluster.authentication_mode == "CONFIG_MAP" else [], CONFIG_MAP),
        ("self-managed add-ons", _absent_basics(observed.addons), SELF_MANAGED),
        ("OIDC provider at IAM", [observed.issuer] if trust and observed.issuer else [], trust),
        ("IAM roles and KMS key", [each for each in (cluster.role_arn, cluster.encryption_key_arn) if each], FOUNDATION),
    ]
    return [{"what": what, "names": names, "why": why} for what, names, why in found if names]


def unwell(observed: Any) -> Iterator[str]:
    """Tell of members on their way out, which are left out, and of those that are not well."""
    for kind, where in MEMBERS.items():
        for each in members_of(observed, where):
            if each.status == "DELETING":
                yield f"The {kind} {each.name} is on its way out and left out of the declaration."
            elif each.status != "ACTIVE":
                yield f"The {kind} {each.name} is {each.status}: see to it before the next run."
    yield from _rotation(observed.authorities)


def _rotation(authorities: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Tell of a rotation of the certificate authority that is not over: each cluster has one authority before and after it."""
    if len(authorities) > 1:
        how = ", ".join(f"{each['id']} (signing {each.get('signingStatus')}, distribution {each.get('distributionStatus')})" for each in authorities)
        yield f"A rotation of the certificate authority is under way: {how}. No run of the playbooks goes on with it; eks_certificate_authority does."


def members_of(observed: Any, where: str) -> Sequence[Seen]:
    found: Sequence[Seen] = getattr(observed, where)
    return found


def _own_nodes(entry: EntryState, observed: Any) -> bool:
    managed = {group.node_role for group in observed.nodegroups}
    return entry.type in OWN_NODES and entry.raw["principalArn"] not in managed


def _absent_basics(addons: Sequence[Seen]) -> list[str]:
    there = {addon.name for addon in addons}
    return [name for name in BASICS if name not in there]
