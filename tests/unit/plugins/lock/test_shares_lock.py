"""Shared leases, claims and the hierarchy: what is refused, what a plan is, what a request says."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._lock import share as nouns
from ansible_collections.fleetops.eks.plugins.module_utils._lock.exclusive import plan_absent, plan_present
from ansible_collections.fleetops.eks.plugins.module_utils._lock.lease import SHARED, Holder, Lease, LeaseSpec, in_the_way, to_info
from ansible_collections.fleetops.eks.plugins.module_utils._lock.live.watch import Watch
from ansible_collections.fleetops.eks.plugins.module_utils._lock.scopes import specs_from_params
from ansible_collections.fleetops.eks.plugins.module_utils._lock.share import plan_share, plan_unshare

GIVEN: dict[str, Any] = {"owner": "run-1", "table": "fleetops-locks", "state": "present"}
WHO, NOW = Holder("deploy-1", "deploy"), "2026-11-22T13:00:00+00:00"
MINE = Lease("edge", 4, "run-1", "v4", 900, "deploy-1", "deploy", mode=SHARED, plan_digest="sha256:1")
OTHERS = Lease("edge", 5, "run-2", "v5", 900, "deploy-2", "ops", mode=SHARED)
CLAIM = Lease("edge", 5, "run-3", "v6", 60)
BOTH = Lease("edge", 5, shares=(MINE, OTHERS))
CLAIMED = replace(BOTH, shares=(OTHERS,), claim=CLAIM)
ALONE = Lease("edge", 6, "run-2", "v7", 900, "deploy-2", "ops", plan_digest="sha256:1")


def declared(**params: Any) -> LeaseSpec:
    return LeaseSpec.from_params({**GIVEN, "name": "edge", **params})


def shared(**params: Any) -> LeaseSpec:
    return declared(mode=SHARED, **params)


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("an empty ring", {"fleet": "shop", "ring": " "}, "ring is empty"),
    ("one fence for several", {"fleet": "shop", "cluster": "edge", "fence": 3}, "each scope has its own"),
    ("fences without scopes", {"name": "edge", "fences": {"fleet": 1}}, "there is name alone"),
    ("a fence of no scope", {"fleet": "shop", "fences": {"fleet": 1, "ring": 2}}, "fences names ring"),
    ("a fence left out", {"fleet": "shop", "ring": "canary", "fences": {"fleet": 1}}, "leaves a scope out"),
    ("force on several", {"fleet": "shop", "force": True, "state": "absent", "reason": "dead"}, "breaks one lease"),
    ("force on nobody's share", {"name": "edge", "mode": SHARED, "force": True, "state": "absent", "reason": "dead"}, "does not say whose"),
    ("half a minute for several", {"fleet": "shop", "ring": "canary", "ttl": "30"}, "could run out"),
    ("an empty digest", {"name": "edge", "plan_digest": ""}, "plan_digest is empty"),
]


@pytest.mark.parametrize(("params", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused(params: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal) as caught:
        specs_from_params({**GIVEN, **params})
    assert words in str(caught.value)
    assert caught.value.remedy
    assert caught.value.facts["refused_fields"]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"name": "edge"}, [("edge", "exclusive")]),
        ({"name": "edge", "mode": SHARED}, [("edge", "shared")]),
        ({"fleet": "shop"}, [("fleet#shop", "exclusive")]),
        ({"cluster": "edge", "fleet": "shop", "ring": "canary"}, [("fleet#shop", "shared"), ("ring#canary", "shared"), ("cluster#edge", "exclusive")]),
        ({"ring": "canary", "fleet": "shop", "mode": SHARED}, [("fleet#shop", "shared"), ("ring#canary", "shared")]),
    ],
)
def test_scopes_come_from_the_top_down_and_only_the_last_is_exclusive(params: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert [(spec.name, spec.mode) for spec in specs_from_params({**GIVEN, **params})] == expected


@pytest.mark.parametrize(
    ("spec", "lease", "owners"),
    [
        (declared(), None, []),
        (declared(), BOTH, ["run-2"]),
        (declared(), CLAIMED, ["run-2", "run-3"]),
        (declared(owner="run-3"), CLAIMED, ["run-2"]),
        (shared(), BOTH, []),
        (shared(), CLAIMED, ["run-3"]),
        (shared(), ALONE, ["run-2"]),
    ],
)
def test_who_is_in_the_way(spec: LeaseSpec, lease: Lease | None, owners: list[str]) -> None:
    assert [each.owner for each in in_the_way(spec, lease)] == owners


def test_a_share_beside_others_is_a_plan_and_ones_own_is_none() -> None:
    plan = plan_share(shared(), replace(BOTH, shares=(OTHERS,)), stale=False)
    assert plan.diff() == {"before": {"shared_by": None, "fence": 5}, "after": {"shared_by": "run-1", "fence": 6}}
    assert not plan.warnings
    assert not plan_share(shared(fence=4), BOTH, stale=False)


def test_below_a_scope_the_diff_says_which() -> None:
    (fleet, _) = specs_from_params({**GIVEN, "fleet": "shop", "cluster": "edge"})
    assert plan_share(fleet, None, stale=False).diff()["after"] == {"fleet": {"shared_by": "run-1", "fence": 1}}


def test_what_would_be_waited_for_is_warned_of() -> None:
    assert "claimed by run-3" in plan_share(shared(), CLAIMED, stale=False).warnings[0]
    assert "held by run-2" in plan_share(shared(), ALONE, stale=False).warnings[0]
    assert "shared by run-2" in plan_present(declared(), CLAIMED, stale=False).warnings[0]


@pytest.mark.parametrize(
    ("spec", "lease", "words"),
    [
        (shared(fence=3), BOTH, "under fence 4"),
        (shared(fence=3), replace(BOTH, shares=()), "held by nobody"),
        (shared(owner="run-2"), ALONE, "has lock edge exclusive already"),
        (declared(), BOTH, "has lock edge shared already"),
        (shared(plan_digest="sha256:2"), BOTH, "for the plan sha256:1, and this is the plan sha256:2"),
        (shared(owner="run-2", plan_digest="sha256:2"), BOTH, "for the plan (none was named)"),
        (declared(owner="run-2", plan_digest="sha256:2"), ALONE, "for the plan sha256:1, and this is the plan sha256:2"),
    ],
)
def test_what_cannot_be_had_is_refused(spec: LeaseSpec, lease: Lease, words: str) -> None:
    with pytest.raises(Refusal) as caught:
        _ = plan_share(spec, lease, stale=False) if spec.mode == SHARED else plan_present(spec, lease, stale=False)
    assert words in str(caught.value)
    assert caught.value.remedy


def test_the_same_plan_and_none_go_on() -> None:
    assert not plan_present(declared(owner="run-2", plan_digest="sha256:1"), ALONE, stale=False)
    assert not plan_present(declared(owner="run-2"), ALONE, stale=False)


FORCE = {"state": "absent", "force": True, "reason": "dead"}


@pytest.mark.parametrize(
    ("params", "lease", "operations"),
    [
        ({}, None, []),
        ({}, BOTH, ["update_item"]),
        ({"owner": "run-9"}, BOTH, []),
        ({**FORCE, "fence": 5}, BOTH, ["update_item", "put_item"]),
        ({**FORCE, "fence": 5}, replace(BOTH, shares=()), []),
    ],
)
def test_giving_back_and_breaking(params: dict[str, Any], lease: Lease | None, operations: list[str]) -> None:
    assert [step.operation for step in plan_unshare(shared(**params), lease).steps] == operations


@pytest.mark.parametrize(
    ("spec", "lease", "words"),
    [
        (declared(state="absent"), BOTH, "has lock edge shared, and is to release it exclusive"),
        (declared(**FORCE), BOTH, "has lock edge shared, and is to release it exclusive"),
        (shared(state="absent", owner="run-2"), ALONE, "has lock edge exclusive, and is to release it shared"),
    ],
)
def test_what_is_had_in_the_other_mode_is_not_left_in_silence(spec: LeaseSpec, lease: Lease, words: str) -> None:
    with pytest.raises(Refusal, match=words) as caught:
        _ = plan_unshare(spec, lease) if spec.mode == SHARED else plan_absent(spec, lease)
    assert caught.value.remedy
    assert caught.value.facts["refused_fields"] == ["mode"]


def test_a_fence_that_is_nobodys_breaks_nothing() -> None:
    with pytest.raises(Refusal, match="its fences are 4 of run-1, 5 of run-2"):
        plan_unshare(shared(**FORCE, fence=3), BOTH)


@pytest.mark.parametrize(
    "request_",
    [
        nouns.share_request(shared(run="awx-1"), WHO, version="v9", now=NOW),
        nouns.renew_share_request(shared(), "v4", version="v9", now=NOW),
        nouns.unshare_request(shared(), MINE),
        nouns.claim_request(declared(), version="v9"),
        nouns.unclaim_request(declared(), CLAIM),
    ],
)
def test_every_write_has_its_condition_and_uses_all_that_it_names(request_: dict[str, Any]) -> None:
    text = f"{request_['UpdateExpression']} {request_['ConditionExpression']}"
    assert set(re.findall(r"#\w+", text)) == set(request_["ExpressionAttributeNames"])
    assert set(re.findall(r":\w+", text)) == set(request_["ExpressionAttributeValues"])
    assert "forget_at" not in text


def test_an_item_shows_its_holders_and_its_claim() -> None:
    share = nouns.share_request(shared(reason="x"), WHO, version="v9", now=NOW)["ExpressionAttributeValues"][":share"]
    claim = nouns.claim_request(declared(owner="run-3"), version="v8")["ExpressionAttributeValues"][":claim"]
    item = {"id": {"S": "edge"}, "fence": {"N": "7"}, "shares": {"N": "1"}, "share/run-1": share, "fence/run-1": {"N": "7"}, "claim": claim}
    found = to_info(Lease.from_item(item))
    assert (found["held"], found["claimed_by"]) == (False, "run-3")
    assert [(each["owner"], each["fence"], each["mode"], each["reason"]) for each in found["shares"]] == [("run-1", 7, "shared", "x")]


class Hand:
    time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


def test_each_holder_is_stale_by_itself() -> None:
    clock = Hand()
    watch = Watch(clock)
    watch.saw(BOTH)
    clock.sleep(899)
    renewed = replace(BOTH, shares=(replace(MINE, version="v8"), OTHERS))
    watch.saw(renewed)
    assert not watch.stale(OTHERS)
    clock.sleep(1)
    watch.saw(renewed)
    assert [watch.stale(each) for each in renewed.shares] == [False, True]
    assert not watch.stale(CLAIM), "never seen"
