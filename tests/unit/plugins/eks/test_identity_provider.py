"""Identity providers: what means the same, what is a replacement, what a replacement carries over."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._eks.identity_provider import plan_absent, plan_present
from ansible_collections.fleetops.eks.plugins.module_utils._eks.identity_provider_values import ProviderSpec, ProviderState

BASE = {"issuer_url": "https://login.example.com", "client_id": "kubernetes"}
REPLACED = ["disassociate_identity_provider_config", "associate_identity_provider_config"]


def declared(**params: Any) -> ProviderSpec:
    return ProviderSpec.from_params({"cluster_name": "edge", "name": "corp", **params})


def provider(**fields: Any) -> ProviderState:
    answer = {
        "identityProviderConfigName": "corp",
        "identityProviderConfigArn": "arn:p",
        "issuerUrl": "https://login.example.com",
        "clientId": "kubernetes",
        "status": "ACTIVE",
        "tags": {},
    }
    state = ProviderState.from_api({**answer, **fields})
    assert state is not None
    return state


def operations(plan: Any) -> list[str]:
    return [step.operation for step in plan.steps]


def test_associates_with_what_is_declared() -> None:
    plan = plan_present(declared(**BASE, groups_claim="groups", username_prefix="", required_claims={"level": 3}, tags={"a": 1}), None)
    assert plan.steps[0].request == {
        "clusterName": "edge",
        "oidc": {
            "identityProviderConfigName": "corp",
            "issuerUrl": "https://login.example.com",
            "clientId": "kubernetes",
            "groupsClaim": "groups",
            "requiredClaims": {"level": "3"},
        },
        "tags": {"a": "1"},
    }
    assert plan.steps[0].fields == ["issuer_url", "client_id", "groups_claim", "required_claims", "tags"]
    assert not plan.warnings


@pytest.mark.parametrize(
    ("params", "state"),
    [
        ({}, provider(groupsClaim="groups")),
        (BASE, provider()),
        ({"username_claim": "sub"}, provider()),
        ({"username_claim": ""}, provider(usernameClaim="sub")),
        ({"groups_prefix": "", "required_claims": {}}, provider()),
        ({"required_claims": {"level": 3}}, provider(requiredClaims={"level": "3"})),
        ({"tags": {"a": 1}}, provider(tags={"a": "1"})),
    ],
)
def test_what_means_the_same_is_quiet(params: dict[str, Any], state: ProviderState) -> None:
    assert not plan_present(declared(**params), state)


@pytest.mark.parametrize(
    "params",
    [{"client_id": "x"}, {"issuer_url": "https://x"}, {"username_claim": "email"}, {"groups_claim": ""}, {"groups_prefix": "x:"}, {"required_claims": {}}],
)
def test_a_change_is_two_steps_and_says_who_is_kept_out(params: dict[str, Any]) -> None:
    plan = plan_present(declared(**params), provider(groupsClaim="groups", requiredClaims={"a": "b"}))
    assert operations(plan) == REPLACED
    assert plan.steps[1].fields == list(params)
    assert "Nobody gets into cluster edge through identity provider corp" in plan.warnings[0]


def test_a_replacement_carries_over_what_is_not_mentioned() -> None:
    state = provider(groupsClaim="groups", tags={"a": "b", "aws:x": "y"}, requiredClaims={"c": "d"})
    request = plan_present(declared(client_id="x"), state).steps[1].request
    assert request["oidc"] == {
        "identityProviderConfigName": "corp",
        "issuerUrl": "https://login.example.com",
        "clientId": "x",
        "groupsClaim": "groups",
        "requiredClaims": {"c": "d"},
    }
    assert request["tags"] == {"a": "b"}


def test_a_replacement_brings_the_declared_tags() -> None:
    plan = plan_present(declared(client_id="x", tags={"new": "1"}), provider(tags={"a": "b"}))
    assert plan.steps[1].request["tags"] == {"new": "1"}
    assert plan.diff()["after"]["tags"] == {"new": "1"}


def test_tags_change_in_place() -> None:
    assert operations(plan_present(declared(tags={"new": "1"}), provider(tags={"a": "b"}))) == ["tag_resource", "untag_resource"]


def test_without_leave_a_replacement_is_refused_with_every_field() -> None:
    with pytest.raises(Refusal, match="client_id from kubernetes to x; groups_claim from None to g") as caught:
        plan_present(declared(client_id="x", groups_claim="g", replace=False), provider())
    assert caught.value.facts["refused_fields"] == ["client_id", "groups_claim"]
    assert not plan_present(declared(**BASE, replace=False), provider())


def test_what_is_going_is_associated_again() -> None:
    assert operations(plan_present(declared(**BASE), provider(status="DELETING"))) == ["associate_identity_provider_config"]


def test_absent_and_absent_again() -> None:
    assert operations(plan_absent(declared(), provider())) == ["disassociate_identity_provider_config"]
    assert not plan_absent(declared(), None)
    assert not plan_absent(declared(), provider(status="DELETING"))
    assert not plan_absent(declared(), provider(identityProviderConfigName="other"))
