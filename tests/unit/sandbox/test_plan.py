"""Plans are data: they travel as JSON, and their words are filled from the state."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox import fleet
from sandbox.plan import PART_VARIABLE, Part, Plan, environment, expand, lookup
from sandbox.state import VARIABLE

STATE = {"aws": {"url": "http://a"}, "network": {"gateway": "10.0.0.1"}, "nothing": None, "ports": {"aws": 7}}


def test_a_plan_survives_the_journey() -> None:
    part = Part("aws", ("python", ("--listen", "{x.y}")), needs=("a",), only_if="b", env=(("K", "v"),), facts=(("ca", "c"),), seconds=3, marked=False)
    plan = Plan((part, Part("job", ("true",), job=True)), {"token": "t"}, {"aws": 0}, ("clean",), 1.5)
    assert Plan.from_json(plan.to_json()) == plan


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("{aws.url}/x", "{ports.aws}"), ["http://a/x", "7"]),
        (("a", ("--listen", "{network.gateway}"), "b"), ["a", "--listen", "10.0.0.1", "b"]),
        (("a", ("--listen", "{nothing.gateway}"), "b"), ["a", "b"]),
        (("a", ("--listen", "{unheard.of}")), ["a"]),
        (('{"json": 1}', "{}"), ['{"json": 1}', "{}"]),
    ],
)
def test_words_are_filled_from_the_state(words: tuple[str | tuple[str, ...], ...], expected: list[str]) -> None:
    assert expand(words, STATE) == expected


@pytest.mark.parametrize(("path", "expected"), [("aws.url", "http://a"), ("aws.url.deeper", None), ("nothing", None), ("nothing.x", None), ("other", None)])
def test_lookup_of_what_is_not_there_is_none(path: str, expected: object) -> None:
    assert lookup(STATE, path) == expected


def test_parts_are_marked_and_see_no_real_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    monkeypatch.setenv(VARIABLE, "/of/another")
    monkeypatch.setenv("no_proxy", "example.org")
    env = environment(Part("aws", (), env=(("TOKEN", "{aws.url}"),)), Path("/s"), STATE)
    assert (env[VARIABLE], env[PART_VARIABLE], env["TOKEN"]) == ("/s", "aws", "http://a")
    assert env["NO_PROXY"] == env["no_proxy"] == "example.org,127.0.0.1,localhost,::1,10.0.0.1"
    assert "AWS_SECRET_ACCESS_KEY" not in env


def test_what_outlives_the_supervisor_is_not_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "/of/another")
    env = environment(Part("hosts", (), marked=False), Path("/s"), STATE)
    assert VARIABLE not in env
    assert PART_VARIABLE not in env


@pytest.mark.parametrize("hosts", [(), ("edge-a1",)])
def test_every_need_of_the_fleet_is_a_part_of_it(tmp_path: Path, hosts: tuple[str, ...]) -> None:
    plan = fleet.plan(tmp_path, fleet.Options(hosts=hosts))
    names = {part.name for part in plan.parts}
    assert {need for part in plan.parts for need in part.needs} <= names
    assert ("hosts" in names) == bool(hosts) == bool(plan.cleanup)


def test_no_secret_is_in_a_command_line(tmp_path: Path) -> None:
    plan = fleet.plan(tmp_path, fleet.Options())
    words = " ".join(word for part in plan.parts for word in expand(part.argv, {**plan.facts, "ports": {"aws": 1, "kubernetes": 2}}))
    assert plan.facts["control_token"] not in words
    secrets = [line.split(" = ")[1] for line in (tmp_path / "aws" / "credentials").read_text().splitlines() if " = " in line]
    assert not [secret for secret in secrets if secret in words]
