"""Tags as steps: AWS takes fifty of one resource, at any time."""

from __future__ import annotations

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.tags import MOST, tag_steps

ARN = "arn:aws:eks:us-east-1:111122223333:nodegroup/edge/apps/1"


def tags(prefix: str, count: int) -> dict[str, str]:
    return {f"{prefix}{number}": "x" for number in range(count)}


@pytest.mark.parametrize(
    ("actual", "declared", "purge", "operations"),
    [
        (tags("a", 3), tags("b", 3), True, ["tag_resource", "untag_resource"]),
        (tags("a", MOST), tags("b", MOST), True, ["untag_resource", "tag_resource"]),
        (tags("a", MOST), tags("a", MOST - 1) | {"b": "x"}, True, ["untag_resource", "tag_resource"]),
        (tags("a", MOST - 1), {"b": "x"}, False, ["tag_resource"]),
        (tags("a", MOST) | {"aws:cloudformation:stack-name": "x"}, {"a0": "y"}, False, ["tag_resource"]),
    ],
)
def test_there_is_room_first_where_there_is_none(actual: dict[str, str], declared: dict[str, str], purge: bool, operations: list[str]) -> None:
    assert [step.operation for step in tag_steps(ARN, declared, actual, purge=purge)] == operations


def test_more_than_fifty_with_those_that_stay_are_refused() -> None:
    with pytest.raises(Refusal, match=f"would have {MOST + 1} tags; AWS takes {MOST}") as caught:
        tag_steps(ARN, {"b": "x"}, tags("a", MOST), purge=False)
    assert caught.value.remedy
    assert caught.value.facts["refused_fields"] == ["tags", "purge_tags"]


def test_what_is_more_than_fifty_already_may_stay() -> None:
    assert tag_steps(ARN, {"a0": "x"}, tags("a", MOST + 1), purge=False) == ()
