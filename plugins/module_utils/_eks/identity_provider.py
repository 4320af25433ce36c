# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The OIDC identity provider of a cluster. Pure: declaration and state in, plan out.

A cluster has one at most. Nothing of it can change but its tags: a change is a disassociation and an association, minutes each, during which
nobody gets in through it. Facts: EKS API reference, AssociateIdentityProviderConfig.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.compare import tag_delta
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.naming import camel, to_snake
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Change, Plan, Step, created
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Verdict, pending
from ansible_collections.fleetops.eks.plugins.module_utils._core.tags import refuse_tags, tag_steps
from ansible_collections.fleetops.eks.plugins.module_utils._eks.identity_provider_values import FIELDS, ProviderSpec, ProviderState, differing

MOVING = frozenset({"CREATING", "DELETING"})
LONGEST_CLAIM = 63
LONGEST_CLAIM_VALUE = 253


def plan_present(spec: ProviderSpec, state: ProviderState | None) -> Plan:
    """Return the steps that make the identity provider as declared; empty when it is."""
    state = existing(state)
    _refuse_malformed(spec)
    _refuse_another(spec, state)
    if state is None:
        return Plan((_associate(spec, {}, spec.tags),))
    if differing(spec, state):
        _refuse_gap(spec, state)
        return _replace(spec, state)
    return Plan(tag_steps(state.arn, spec.tags, state.tags, purge=spec.purge_tags))


def plan_absent(spec: ProviderSpec, state: ProviderState | None) -> Plan:
    """Return the step that takes the identity provider away; empty when it is not there, or is going."""
    state = existing(state)
    return Plan() if state is None or state.name != spec.name else Plan((_disassociate(spec, state),))


def existing(state: ProviderState | None) -> ProviderState | None:
    return None if state is None or state.status == "DELETING" else state


def in_flight(state: ProviderState | None) -> Verdict | None:
    return None if state is None or state.status not in MOVING else pending(f"status {state.status}", status=state.status)


def to_result(state: ProviderState | None) -> dict[str, Any] | None:
    return None if state is None else to_snake(state.raw)


def _associate(spec: ProviderSpec, kept: Mapping[str, Any], tags: Mapping[str, str] | None, changes: tuple[Change, ...] | None = None) -> Step:
    """kept: settings of an earlier association that the declaration does not mention."""
    declared = {name: getattr(spec, name) for name in FIELDS}
    wanted = {name: kept.get(name) if value is None else value for name, value in declared.items()}
    after = {name: value for name, value in wanted.items() if value}
    oidc = {"identityProviderConfigName": spec.name, **{camel(name): value for name, value in after.items()}}
    request = {"clusterName": spec.cluster_name, "oidc": oidc, **({"tags": dict(tags)} if tags else {})}
    shown = created("", {**after, **({"tags": tags} if tags else {})}) if changes is None else changes
    return Step("associate_identity_provider_config", request, shown, settle="associated")


def _disassociate(spec: ProviderSpec, state: ProviderState) -> Step:
    request = {"clusterName": spec.cluster_name, "identityProviderConfig": {"type": "oidc", "name": spec.name}}
    changes = (Change("identity_provider_config_arn", state.arn, None),)
    return Step("disassociate_identity_provider_config", request, changes, settle="disassociated")


def _replace(spec: ProviderSpec, state: ProviderState) -> Plan:
    """The new association carries the tags, so that none is lost between the two."""
    wanted, unwanted = tag_delta(spec.tags, state.tags, purge=spec.purge_tags)
    tags = {key: value for key, value in {**state.tags, **wanted}.items() if key not in unwanted and not key.startswith("aws:")}
    moved = () if tags == dict(state.tags) else (Change("tags", dict(state.tags), tags),)
    kept = {name: getattr(state, name) for name in FIELDS}
    steps = (_disassociate(spec, state), _associate(spec, kept, tags, (*differing(spec, state), *moved)))
    return Plan(steps, (f"Nobody gets into cluster {spec.cluster_name} through identity provider {spec.name} while it is replaced, which takes minutes.",))


def _refuse_another(spec: ProviderSpec, state: ProviderState | None) -> None:
    if state is not None and state.name != spec.name:
        raise Refusal(
            f"Cluster {spec.cluster_name} has identity provider {state.name}, and EKS takes one.",
            remedy=f"Declare it by its name, or remove it first: name {state.name}, state absent.",
            fields=("name",),
        )
    missing = [name for name in ("issuer_url", "client_id") if not getattr(spec, name)] if state is None else []
    if missing:
        raise _refusal(spec, f"needs {' and '.join(missing)} to be associated", f"Give {' and '.join(missing)}.", *missing)


def _refuse_gap(spec: ProviderSpec, state: ProviderState) -> None:
    if not spec.replace:
        fields = [change.path for change in differing(spec, state)]
        words = "; ".join(f"{change.path} from {change.before} to {change.after}" for change in differing(spec, state))
        remedy = "Set replace to have it disassociated and associated again: for some minutes nobody gets in through it."
        raise _refusal(spec, f"cannot change {words}", remedy, *fields)


def _refuse_malformed(spec: ProviderSpec) -> None:
    """Raise Refusal for what AssociateIdentityProviderConfig's documentation rules out."""
    emptied = [name for name in ("issuer_url", "client_id") if getattr(spec, name) == ""]
    if emptied:
        raise _refusal(spec, f"has an empty {' and '.join(emptied)}", f"Give {' and '.join(emptied)}, or leave it out to keep what is there.", *emptied)
    if spec.issuer_url is not None and (not spec.issuer_url.startswith("https://") or set(spec.issuer_url) & set("?#")):
        remedy = "Give the `iss` of the provider's tokens: a URL that begins with https:// and has no query."
        raise _refusal(spec, f"has issuer_url {spec.issuer_url}", remedy, "issuer_url")
    for name in ("username_prefix", "groups_prefix"):
        if "system:" in (getattr(spec, name) or ""):
            raise _refusal(spec, f"has {name} {getattr(spec, name)}: EKS keeps system: to itself", "Choose another prefix.", name)
    claims = [key for key, value in (spec.required_claims or {}).items() if not (0 < len(key) <= LONGEST_CLAIM and 0 < len(value) <= LONGEST_CLAIM_VALUE)]
    if claims:
        remedy = f"Names have 1 to {LONGEST_CLAIM} characters, values 1 to {LONGEST_CLAIM_VALUE}."
        raise _refusal(spec, f"requires claims that EKS does not take: {', '.join(claims)}", remedy, "required_claims")
    refuse_tags(f"identity provider {spec.name} of cluster {spec.cluster_name}", spec.tags)


def _refusal(spec: ProviderSpec, what: str, remedy: str, *fields: str) -> Refusal:
    return Refusal(f"Identity provider {spec.name} of cluster {spec.cluster_name} {what}.", remedy=remedy, fields=fields)
