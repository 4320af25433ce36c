"""What is done to a host, from what is on it: rows of a fresh one, of broken off runs, and of joined ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._nodeadm.hybrid_node import HostState, NodeSpec, plan_absent, plan_present, to_result

CODE = "Sup3rSecretActivationCode"
ACTIVATION = {"activation_id": "9f1c2d3e-4a5b-6c7d-8e9f-0a1b2c3d4e5f", "activation_code": CODE}
FRESH = HostState(
    nodeadm_version="v1.0.20",
    tracker=None,
    kubelet_version=None,
    kubelet_active=False,
    instance_id=None,
    node_name=None,
    fingerprint=None,
    secret_on_disk=False,
)


def spec(**options: Any) -> NodeSpec:
    common = {"cluster_name": "edge", "region": "us-east-1", "kubernetes_version": "1.35", "credential_provider": "ssm", "enable_credentials_file": True}
    return NodeSpec({**common, **ACTIVATION, **options})


INSTALLED = replace(FRESH, tracker={"Kubelet": "true"}, kubelet_version="v1.35.1")
NAMED = replace(INSTALLED, kubelet_active=True, instance_id="mi-0123456789abcdef0", node_name="mi-0123456789abcdef0", own_files=("hybrid_node.json",))
JOINED = replace(NAMED, fingerprint=spec().fingerprint(NAMED))


@pytest.mark.parametrize(
    ("state", "options", "operations"),
    [
        pytest.param(FRESH, {}, ["install", "init"], id="fresh host"),
        pytest.param(replace(FRESH, nodeadm_version=None), {}, ["install", "init"], id="check mode, before nodeadm is fetched"),
        pytest.param(replace(FRESH, kubelet_version="v1.35.1"), {}, ["install", "init"], id="half install: a kubelet and no tracker"),
        pytest.param(INSTALLED, {}, ["init"], id="installed, not registered"),
        pytest.param(replace(NAMED, fingerprint=None), {}, ["init"], id="killed in init"),
        pytest.param(
            replace(NAMED, fingerprint=None), {"activation_id": None, "activation_code": None}, ["init"], id="killed in init, no activation needed again"
        ),
        pytest.param(JOINED, {}, [], id="joined"),
        pytest.param(JOINED, {"activation_id": None, "activation_code": None}, [], id="joined, no activation"),
        pytest.param(JOINED, {"activation_code": "AnotherSecretActivationCode"}, [], id="joined, another activation"),
        pytest.param(JOINED, {"kubelet_flags": ["--v=4"]}, ["init"], id="configuration changed"),
        pytest.param(replace(JOINED, nodeadm_version="v1.0.21"), {}, ["init"], id="another nodeadm"),
        pytest.param(replace(JOINED, kubelet_active=False), {}, ["init"], id="kubelet down"),
        pytest.param(replace(JOINED, secret_on_disk=True), {}, ["scrub"], id="secret left on disk"),
        pytest.param(replace(JOINED, secret_on_disk=True, kubelet_active=False), {}, ["init"], id="secret left on disk; init scrubs"),
        pytest.param(JOINED, {"kubernetes_version": "1.36"}, [], id="another version is reported, not installed"),
    ],
)
def test_steps_that_make_a_host_a_node(state: HostState, options: dict[str, Any], operations: list[str]) -> None:
    assert [step.operation for step in plan_present(spec(**options), state).steps] == operations


@pytest.mark.parametrize(
    ("state", "operations"),
    [
        pytest.param(FRESH, [], id="fresh host"),
        pytest.param(JOINED, ["uninstall"], id="joined"),
        pytest.param(replace(JOINED, instance_id=None, node_name=None), ["uninstall"], id="uninstall broke off"),
        pytest.param(replace(FRESH, own_files=("node_config.json",)), ["forget"], id="our files alone"),
        pytest.param(replace(FRESH, instance_id="mi-0123456789abcdef0"), [], id="somebody else's registration"),
    ],
)
def test_steps_that_let_a_host_leave(state: HostState, operations: list[str]) -> None:
    assert [step.operation for step in plan_absent(spec(), state).steps] == operations


@pytest.mark.parametrize(
    ("state", "options", "words"),
    [
        (replace(FRESH, nodeadm_version="v1.0.18"), {}, "v1.0.18 cannot install the SSM agent.*v1.0.19 or later"),
        (FRESH, {"activation_id": None, "activation_code": None}, "no activation is given.*ssm_hybrid_activation"),
        (FRESH, {"activation_code": ""}, "no activation is given"),
        (FRESH, {"activation_code": "short"}, "has 5 characters"),
        (JOINED, {"skip": ["credentials-validation"]}, "no validation or phase credentials-validation"),
    ],
)
def test_a_join_that_cannot_work_is_refused_before_anything_runs(state: HostState, options: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        plan_present(spec(**options), state)


def test_an_old_nodeadm_is_fine_without_the_agent() -> None:
    anywhere = {"node_name": "a", "trust_anchor_arn": "arn:t", "profile_arn": "arn:p", "role_arn": "arn:r"}
    plan = plan_present(spec(credential_provider="iam-ra", iam_roles_anywhere=anywhere), replace(FRESH, nodeadm_version="v1.0.18"))
    assert [step.operation for step in plan.steps] == ["install", "init"]


def test_force_is_refused_with_a_nodeadm_that_deletes_what_is_mounted() -> None:
    with pytest.raises(Refusal, match="deletes what is mounted"):
        plan_absent(spec(force=True), replace(JOINED, nodeadm_version="v1.0.8"))
    assert plan_absent(spec(force=True), JOINED)


def test_another_version_than_the_declared_one_is_a_warning() -> None:
    assert plan_present(spec(), JOINED).warnings == ()
    assert "runs kubelet v1.35.1 and 1.36 is declared" in plan_present(spec(kubernetes_version="1.36"), JOINED).warnings[0]
    assert plan_present(spec(kubernetes_version="1.35.0"), JOINED).warnings == ()


def test_a_half_install_is_named_when_the_host_is_to_leave() -> None:
    assert "without nodeadm's tracker" in plan_absent(spec(), replace(FRESH, kubelet_version="v1.35.1")).warnings[0]


def test_the_code_is_in_no_plan_and_no_result() -> None:
    plan = plan_present(spec(), FRESH)
    assert CODE not in f"{plan} {plan.diff()} {to_result(JOINED)}"
