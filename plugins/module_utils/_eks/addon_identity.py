# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose role an add-on's service accounts have: what EKS takes of pod_identity_associations. Pure.

Facts: EKS API reference, AddonPodIdentityAssociations and DescribeAddonConfiguration; what EKS answers otherwise: hashicorp/terraform-aws-eks #3520.
"""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._eks.addon_state import AddonSpec, AddonState, Facts

OPTION = ("pod_identity_associations",)
APART = "Make the association with fleetops.eks.eks_pod_identity_association before the add-on, and leave it out here."


def refuse(spec: AddonSpec, version: str | None, facts: Facts) -> None:
    """Raise Refusal for associations that EKS does not take of the version, or for service accounts that have one already."""
    refuse_two_identities(spec, None)
    accounts = [one["service_account"] for one in spec.pod_identity_associations or ()]
    twice = sorted({account for account in accounts if accounts.count(account) > 1})
    if twice:
        raise Refusal(
            f"Add-on {spec.name} declares {', '.join(twice)} more than once in pod_identity_associations.",
            remedy="Keep one role for each service account.",
            fields=OPTION,
        )
    if accounts and facts.accounts is not None:
        _refuse_untaken(spec, version, accounts, facts.accounts)
    if facts.foreign:
        raise Refusal(
            f"Add-on {spec.name} of cluster {spec.cluster_name} cannot take over {', '.join(facts.foreign)}: there is an association that is not its own.",
            remedy="Remove it with fleetops.eks.eks_pod_identity_association and state: absent, or leave it out here.",
            fields=OPTION,
        )


def _refuse_untaken(spec: AddonSpec, version: str | None, accounts: list[str], taken: Sequence[str]) -> None:
    if not taken:
        raise Refusal(f"Add-on {spec.name} {version} does not take pod_identity_associations.", remedy=APART, fields=OPTION)
    others = [account for account in accounts if account not in taken]
    if others:
        raise Refusal(
            f"Add-on {spec.name} {version} takes no pod_identity_associations for {', '.join(others)}.",
            remedy=f"Give those of {', '.join(sorted(taken))}. {APART}",
            fields=OPTION,
        )


def refuse_two_identities(spec: AddonSpec, state: AddonState | None) -> None:
    """EKS takes a role for the service account, or associations; UpdateAddon has to repeat the role, or else loses it."""
    held = state.service_account_role_arn if state is not None and not state.associations else None
    role = held if spec.service_account_role_arn is None else spec.service_account_role_arn
    if role and spec.pod_identity_associations:
        had = f"{role} already" if spec.service_account_role_arn is None else role
        raise Refusal(
            f"Add-on {spec.name} of cluster {spec.cluster_name} has service_account_role_arn {had}, and EKS takes no pod_identity_associations beside it.",
            remedy="Set service_account_role_arn: '' to have the associations, or leave pod_identity_associations out.",
            fields=("service_account_role_arn", "pod_identity_associations"),
        )
