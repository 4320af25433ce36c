"""eks_cluster_versions_info and eks_addon_versions_info against the simulator."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.aws.testing import Running, start
from tests.support.modules import call

TODAY = datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()


@pytest.fixture
def aws() -> Iterator[Running]:
    with start(delay=0) as running:
        running.clock(TODAY - time.time())
        yield running


def read(aws: Running, **params: Any) -> dict[str, Any]:
    return call("eks_cluster_versions_info", params, url=aws.url)


def minors(result: dict[str, Any]) -> list[str]:
    return [each["cluster_version"] for each in result["cluster_versions"]]


def test_versions_newest_first_with_their_calendar(aws: Running) -> None:
    result = read(aws)
    assert minors(result) == ["1.36", "1.35", "1.34", "1.33", "1.32", "1.31"]
    assert result["default_version"] == "1.35"
    (found,) = [each for each in result["cluster_versions"] if each["cluster_version"] == "1.34"]
    assert found["end_of_standard_support_date"].startswith("2026-12-02")
    assert found["end_of_extended_support_date"].startswith("2027-12-02")


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"default_only": True}, ["1.35"]),
        ({"version_status": "EXTENDED_SUPPORT"}, ["1.33", "1.32", "1.31"]),
        ({"status": "extended-support"}, ["1.33", "1.32", "1.31"]),
        ({"cluster_versions": ["1.30", "1.35"]}, ["1.35", "1.30"]),
        ({"include_all": True, "version_status": "UNSUPPORTED"}, ["1.30", "1.29"]),
    ],
)
def test_filters(aws: Running, params: dict[str, Any], expected: list[str]) -> None:
    assert minors(read(aws, **params)) == expected
    assert aws.writes("eks") == []


def test_the_calendar_moves_with_time(aws: Running) -> None:
    aws.clock(advance=30 * 86400)
    assert "1.34" in minors(read(aws, version_status="EXTENDED_SUPPORT"))


def test_a_default_that_is_filtered_out_is_none(aws: Running) -> None:
    assert read(aws, cluster_versions=["1.34"])["default_version"] is None


def addons(aws: Running, **params: Any) -> dict[str, Any]:
    return call("eks_addon_versions_info", params, url=aws.url)


def test_addons_for_a_version(aws: Running) -> None:
    (coredns,) = addons(aws, addon_name="coredns", kubernetes_version="1.34")["addons"]
    listed = [each["addon_version"] for each in coredns["addon_versions"]]
    assert listed == sorted(listed, reverse=True)
    assert coredns["default_versions"]["1.34"] in listed
    assert list(coredns["default_versions"]) == ["1.34"]


def test_addons_of_all_versions_have_a_default_for_each(aws: Running) -> None:
    (proxy,) = addons(aws, name="kube-proxy")["addons"]
    assert list(proxy["default_versions"])[:2] == ["1.36", "1.35"]
    assert all(version.startswith(f"v{minor}.") for minor, version in proxy["default_versions"].items())


def test_filters_of_addons(aws: Running) -> None:
    everything = {each["addon_name"] for each in addons(aws)["addons"]}
    networking = {each["addon_name"] for each in addons(aws, types=["networking"])["addons"]}
    assert {"vpc-cni", "coredns"} <= networking < everything
    assert addons(aws, types=["networking"], owners=["nobody"])["addons"] == []
    assert addons(aws, addon_name="none")["addons"] == []


def test_configuration_of_the_default_version_and_of_a_named_one(aws: Running) -> None:
    result = addons(aws, addon_name="vpc-cni", kubernetes_version="1.34", configuration=True)
    (found,) = result["configuration"]
    assert found["addon_version"] == result["addons"][0]["default_versions"]["1.34"]
    assert found["schema"]["type"] == "object"
    assert found["pod_identity_configuration"][0]["service_account"] == "aws-node"
    newest = result["addons"][0]["addon_versions"][0]["addon_version"]
    assert addons(aws, addon_name="vpc-cni", configuration=True, addon_version=newest)["configuration"][0]["addon_version"] == newest


def test_a_version_that_is_not_offered_is_said(aws: Running) -> None:
    result = addons(aws, addon_name="coredns", configuration=True, addon_version="v0.1.0-eksbuild.1")
    assert result["failed"]
    assert "EKS offers no version v0.1.0-eksbuild.1 of add-on coredns" in result["msg"]
