"""Declarations of identity providers that cannot be: each is refused by the plan, with its message, its fields and a remedy."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._eks.identity_provider import plan_present
from ansible_collections.fleetops.eks.plugins.module_utils._eks.identity_provider_values import ProviderSpec, ProviderState

NEW: dict[str, Any] = {"issuer_url": "https://login.example.com", "client_id": "kubernetes"}
FOUND: dict[str, Any] = {
    "identityProviderConfigName": "corp",
    "identityProviderConfigArn": "arn:p",
    "issuerUrl": "https://login.example.com",
    "clientId": "kubernetes",
    "status": "ACTIVE",
}

REFUSED: list[tuple[str, dict[str, Any], dict[str, Any] | None, str, list[str]]] = [
    ("no issuer", {"client_id": "k"}, None, "needs issuer_url to be associated", ["issuer_url"]),
    ("nothing but a name", {}, None, "needs issuer_url and client_id to be associated", ["issuer_url", "client_id"]),
    ("client emptied", {"client_id": ""}, FOUND, "has an empty client_id", ["client_id"]),
    ("plain http", {**NEW, "issuer_url": "http://login.example.com"}, None, "has issuer_url http://login.example.com", ["issuer_url"]),
    ("query", {**NEW, "issuer_url": "https://a.example.com/?x=1"}, None, "has issuer_url https://a.example.com/?x=1", ["issuer_url"]),
    ("users of the system", {**NEW, "username_prefix": "system:"}, None, "has username_prefix system:", ["username_prefix"]),
    ("groups of the system", {**NEW, "groups_prefix": "my-system:"}, None, "has groups_prefix my-system:", ["groups_prefix"]),
    ("empty claim", {**NEW, "required_claims": {"team": ""}}, None, "requires claims that EKS does not take: team", ["required_claims"]),
    ("long claim", {**NEW, "required_claims": {"t" * 64: "x"}}, None, "requires claims that EKS does not take: ttt", ["required_claims"]),
    ("reserved tag", {**NEW, "tags": {"aws:x": "y"}}, None, "The tags aws:x of identity provider corp", ["tags"]),
    ("a second one", {**NEW, "name": "other"}, FOUND, "Cluster edge has identity provider corp, and EKS takes one", ["name"]),
    ("no replacement", {"client_id": "x", "replace": False}, FOUND, "cannot change client_id from kubernetes to x", ["client_id"]),
]


@pytest.mark.parametrize(("params", "found", "message", "fields"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused_with_a_remedy(params: dict[str, Any], found: dict[str, Any] | None, message: str, fields: list[str]) -> None:
    with pytest.raises(Refusal) as caught:
        plan_present(ProviderSpec.from_params({"cluster_name": "edge", "name": "corp", **params}), ProviderState.from_api(found))
    assert message in caught.value.message
    assert caught.value.remedy
    assert caught.value.facts["refused_fields"] == fields
