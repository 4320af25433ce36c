"""Managed instances: which are meant, and what is done to them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._ssm.instance import Instance, Selection, plan_absent, plan_present, same_host, to_result


def instance(**fields: Any) -> Instance:
    return Instance.from_api({"InstanceId": "mi-0123456789abcdef0", "IamRole": "Nodes", "ComputerName": "edge-a1.example.com", **fields})


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("edge-a1", "edge-a1.example.com", True),
        ("EDGE-A1", "edge-a1", True),
        ("edge-a1.example.com.", "edge-a1.example.com", True),
        ("edge-a1.example.com", "edge-a1.example.net", False),
        ("edge-a1", "edge-a10", False),
        ("edge-a1", "", False),
    ],
)
def test_a_short_name_stands_for_any_domain(left: str, right: str, same: bool) -> None:
    assert same_host(left, right) == same


def test_what_ssm_filters_by_itself() -> None:
    selection = Selection(ids=["mi-1"], batch="edge", ping_status=["Online"], tags={"Site": 7})  # type: ignore[dict-item]
    assert selection.filters() == {"InstanceIds": ["mi-1"], "PingStatus": ["Online"], "tag:Site": ["7"], "tag:fleetops:activation": ["edge"]}


@pytest.mark.parametrize(
    ("selection", "fits"),
    [
        (Selection(), True),
        (Selection(computer_name="edge-a1"), True),
        (Selection(computer_name="edge-a2"), False),
        (Selection(iam_role="arn:aws:iam::111122223333:role/site/Nodes"), True),
        (Selection(computer_name="edge-a1", iam_role="Other"), False),
    ],
)
def test_what_is_left_to_compare_here(selection: Selection, fits: bool) -> None:
    assert selection.holds(instance().raw) == fits


def test_only_those_with_another_role_get_one() -> None:
    plan = plan_present("arn:aws:iam::111122223333:role/New", [instance(), instance(InstanceId="mi-2", IamRole="New")])
    assert [step.request for step in plan.steps] == [{"InstanceId": "mi-0123456789abcdef0", "IamRole": "New"}]
    assert not plan_present("Nodes", [instance()])


def test_all_that_fit_go_together() -> None:
    plan = plan_absent([instance(), instance(InstanceId="mi-2")])
    assert [step.operation for step in plan.steps] == ["deregister_managed_instance"] * 2
    assert len(plan.waves()) == 1
    assert not plan_absent([])


def test_result_says_when_tags_were_not_read() -> None:
    assert to_result(instance())["tags"] is None
    assert to_result(Instance.from_api(instance().raw, {"a": "b"}))["tags"] == {"a": "b"}
