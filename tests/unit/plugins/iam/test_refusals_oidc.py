"""OIDC providers: what is refused before any call, and what a plan is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._iam.oidc import ProviderSpec, ProviderState, issuer_of, plan_absent, plan_present

URL = "https://oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"
ARN = f"arn:aws:iam::111122223333:oidc-provider/{URL.removeprefix('https://')}"
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("plain http", {"url": "http://oidc.example.com"}, "does not begin with https://"),
    ("no host", {"url": "https:///id/1"}, "has no host name"),
    ("a bare word", {"url": "edge"}, "has no host name"),
    ("a port", {"url": "https://oidc.example.com:443/id/1"}, "has a port"),
    ("a query", {"url": "https://oidc.example.com/?id=1"}, "has a query"),
    ("too long", {"url": f"https://oidc.example.com/{'a' * 255}"}, "longer than 255"),
    ("no audience", {"url": URL, "client_ids": []}, "client_ids is empty"),
    ("an empty audience", {"url": URL, "client_ids": [""]}, "not of 1 to 255 characters"),
    ("a long audience", {"url": URL, "client_ids": ["a" * 256]}, "not of 1 to 255 characters"),
    ("101 audiences", {"url": URL, "client_ids": [f"a{number}" for number in range(101)]}, "more than 100"),
    ("no thumbprint", {"url": URL, "thumbprints": []}, "thumbprints is empty"),
    ("six thumbprints", {"url": URL, "thumbprints": [f"{number:040x}" for number in range(6)]}, "more than 5"),
    ("a SHA-256 thumbprint", {"url": URL, "thumbprints": ["a" * 64]}, "not a SHA-1 thumbprint"),
    ("letters", {"url": URL, "thumbprints": ["z" * 40]}, "not a SHA-1 thumbprint"),
]


@pytest.mark.parametrize(("params", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused(params: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal) as caught:
        ProviderSpec.from_params(params)
    assert words in str(caught.value)
    assert caught.value.remedy
    assert caught.value.facts["refused_fields"]


def state(**members: Any) -> ProviderState | None:
    return ProviderState.from_api(ARN, {"CreateDate": datetime(2026, 1, 1, tzinfo=UTC), "ClientIDList": ["sts.amazonaws.com"], **members})


@pytest.mark.parametrize("url", [URL, URL + "/", URL.removeprefix("https://")])
def test_one_issuer_has_one_name(url: str) -> None:
    assert f"https://{issuer_of(url)}" == URL


@pytest.mark.parametrize(
    ("params", "found", "operations"),
    [
        ({}, {}, []),
        ({}, {"ClientIDList": ["other"]}, ["add_client_id_to_open_id_connect_provider"]),
        ({}, {"ClientIDList": ["other", "sts.amazonaws.com"]}, []),
        (
            {"client_ids": ["sts.amazonaws.com", "sts.amazonaws.com"]},
            {"ClientIDList": ["a", "sts.amazonaws.com"]},
            ["remove_client_id_from_open_id_connect_provider"],
        ),
        ({"thumbprints": ["AA" * 20]}, {"ThumbprintList": ["aa" * 20]}, []),
        ({"thumbprints": [":".join(["aa"] * 20)]}, {"ThumbprintList": ["aa" * 20]}, []),
        ({"thumbprints": ["bb" * 20]}, {"ThumbprintList": ["aa" * 20]}, ["update_open_id_connect_provider_thumbprint"]),
        ({"tags": {"a": 1}}, {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "aws:x", "Value": "y"}]}, []),
        ({"tags": {}}, {"Tags": [{"Key": "a", "Value": "1"}]}, ["untag_open_id_connect_provider"]),
    ],
)
def test_plans(params: dict[str, Any], found: dict[str, Any], operations: list[str]) -> None:
    plan = plan_present(ProviderSpec.from_params({"url": URL, **params}), state(**found))
    assert [step.operation for step in plan.steps] == operations


def test_creation_says_everything_at_once() -> None:
    spec = ProviderSpec.from_params({"url": URL, "client_ids": ["vault"], "thumbprints": ["AA" * 20], "tags": {"Team": "a"}})
    (step,) = plan_present(spec, None).steps
    assert step.request == {"Url": URL, "ClientIDList": ["vault"], "ThumbprintList": ["aa" * 20], "Tags": [{"Key": "Team", "Value": "a"}]}


def test_nothing_is_removed_twice() -> None:
    assert not plan_absent(None)
    assert [step.operation for step in plan_absent(state()).steps] == ["delete_open_id_connect_provider"]
