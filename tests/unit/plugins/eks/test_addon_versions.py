"""Which version a word means, and which versions lie on the way."""

from __future__ import annotations

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._eks.addon_versions import Offer, climb, offers_from_api, rank, resolve, same

OFFERS = (
    Offer("v1.20.4-eksbuild.2"),
    Offer("v1.19.10-eksbuild.1", default=True),
    Offer("v1.19.2-eksbuild.10"),
    Offer("v1.19.2-eksbuild.2"),
    Offer("v1.18.6-eksbuild.1"),
)


def resolved(word: str, current: str | None = None) -> str:
    return resolve(word, OFFERS, current=current, addon="vpc-cni", kubernetes_version="1.34")


@pytest.mark.parametrize(
    ("word", "current", "version"),
    [
        ("latest", None, "v1.20.4-eksbuild.2"),
        ("default", None, "v1.19.10-eksbuild.1"),
        ("default", "v1.18.6-eksbuild.1", "v1.19.10-eksbuild.1"),
        ("default", "v1.20.4-eksbuild.2", "v1.20.4-eksbuild.2"),
        ("default", "v1.99.0-eksbuild.1", "v1.19.10-eksbuild.1"),
        ("v1.19", None, "v1.19.10-eksbuild.1"),
        ("1.19.2", None, "v1.19.2-eksbuild.10"),
        ("v1.19.2-eksbuild.2", None, "v1.19.2-eksbuild.2"),
        ("1.18.6-eksbuild.1", None, "v1.18.6-eksbuild.1"),
        ("v1", None, "v1.20.4-eksbuild.2"),
    ],
)
def test_a_word_means_a_version(word: str, current: str | None, version: str) -> None:
    assert resolved(word, current) == version


@pytest.mark.parametrize("word", ["v1.1", "v9", "v1.19.2-eksbuild.1", "v1.19.2-eksbuild", "newest"])
def test_a_version_that_is_not_offered_is_refused_with_those_that_are(word: str) -> None:
    with pytest.raises(Refusal) as refusal:
        resolved(word)
    assert "v1.20.4-eksbuild.2, v1.19.10-eksbuild.1 (default)" in str(refusal.value)
    assert refusal.value.facts["refused_fields"] == ["version"]


def test_an_addon_that_is_not_offered_is_refused() -> None:
    with pytest.raises(Refusal, match=r"offers no add-on nothing for Kubernetes 1\.34"):
        resolve("latest", (), current=None, addon="nothing", kubernetes_version="1.34")


def test_offers_are_those_of_the_kubernetes_version_newest_first() -> None:
    versions = [
        {"addonVersion": "v1.9.0-eksbuild.1", "compatibilities": [{"clusterVersion": "1.34", "defaultVersion": True}]},
        {"addonVersion": "v1.10.0-eksbuild.1", "compatibilities": [{"clusterVersion": "1.33", "defaultVersion": True}, {"clusterVersion": "1.34"}]},
        {"addonVersion": "v1.11.0-eksbuild.1", "compatibilities": [{"clusterVersion": "1.35", "defaultVersion": True}]},
    ]
    assert offers_from_api(versions, "1.34") == (Offer("v1.10.0-eksbuild.1"), Offer("v1.9.0-eksbuild.1", default=True))


def test_versions_order_by_number() -> None:
    assert rank("v1.10.0-eksbuild.2") > rank("v1.9.9-eksbuild.10")


def test_an_exact_version_may_leave_out_the_v() -> None:
    assert same("1.9.0-eksbuild.1", "v1.9.0-eksbuild.1")


@pytest.mark.parametrize(
    ("addon", "current", "target", "path", "skipped"),
    [
        ("vpc-cni", "v1.18.6-eksbuild.1", "v1.20.4-eksbuild.2", ["v1.19.10-eksbuild.1", "v1.20.4-eksbuild.2"], []),
        ("vpc-cni", "v1.20.4-eksbuild.2", "v1.18.6-eksbuild.1", ["v1.19.10-eksbuild.1", "v1.18.6-eksbuild.1"], []),
        ("vpc-cni", "v1.17.0-eksbuild.1", "v1.19.2-eksbuild.2", ["v1.18.6-eksbuild.1", "v1.19.2-eksbuild.2"], []),
        ("vpc-cni", "v1.16.0-eksbuild.1", "v1.18.6-eksbuild.1", ["v1.18.6-eksbuild.1"], ["1.17"]),
        ("vpc-cni", "v1.19.2-eksbuild.2", "v1.20.4-eksbuild.2", ["v1.20.4-eksbuild.2"], []),
        ("coredns", "v1.18.6-eksbuild.1", "v1.20.4-eksbuild.2", ["v1.20.4-eksbuild.2"], []),
    ],
)
def test_some_addons_climb_one_minor_at_a_time(addon: str, current: str, target: str, path: list[str], skipped: list[str]) -> None:
    assert climb(addon, current, target, OFFERS) == (path, skipped)
