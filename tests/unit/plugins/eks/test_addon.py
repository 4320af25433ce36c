"""Plans of add-ons: declaration and state in, steps out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Step
from ansible_collections.fleetops.eks.plugins.module_utils._eks import addon
from ansible_collections.fleetops.eks.plugins.module_utils._eks.addon import plan_absent, plan_present
from ansible_collections.fleetops.eks.plugins.module_utils._eks.addon_order import waves
from ansible_collections.fleetops.eks.plugins.module_utils._eks.addon_state import AddonSpec, AddonState, Facts
from ansible_collections.fleetops.eks.plugins.module_utils._eks.addon_versions import Offer

OLD, NEW = "v1.18.6-eksbuild.1", "v1.19.2-eksbuild.2"
FACTS = Facts("1.34", (Offer("v1.20.0-eksbuild.1"), Offer(NEW, default=True), Offer(OLD)))
ROLE = "arn:aws:iam::111122223333:role/cni"
SPEC = AddonSpec("edge", "vpc-cni")
ANSWER: dict[str, Any] = {
    "addonName": "vpc-cni",
    "clusterName": "edge",
    "addonArn": "arn:aws:eks:us-east-1:111122223333:addon/edge/vpc-cni/1",
    "addonVersion": OLD,
    "status": "ACTIVE",
    "health": {"issues": []},
    "tags": {"Team": "a"},
    "namespaceConfig": {"namespace": "kube-system"},
}
STATE = AddonState.from_api(ANSWER)
PODS = {"service_account": "aws-node", "role_arn": ROLE}


def state(**members: Any) -> AddonState:
    return AddonState.from_api({**ANSWER, **members})


def issue(status: str, code: str) -> AddonState:
    return state(status=status, health={"issues": [{"code": code, "message": "why.", "resourceIds": ["node-1"]}]})


def only(spec: AddonSpec, found: AddonState | None = STATE, facts: Facts = FACTS) -> Step:
    (step,) = plan_present(spec, found, facts).steps
    return step


def test_a_new_addon_takes_the_default_version_and_overwrites() -> None:
    step = only(SPEC, None)
    assert (step.operation, step.settle) == ("create_addon", "active")
    assert step.request == {"clusterName": "edge", "addonName": "vpc-cni", "addonVersion": NEW, "resolveConflicts": "OVERWRITE"}


def test_a_new_addon_carries_everything_declared() -> None:
    spec = replace(
        SPEC,
        configuration_values={"b": 1, "a": 2},
        pod_identity_associations=[PODS],
        namespace="cni",
        tags={"Team": "x"},
        resolve_conflicts="none",
        version="latest",
    )
    assert only(spec, None).request == {
        "clusterName": "edge",
        "addonName": "vpc-cni",
        "addonVersion": "v1.20.0-eksbuild.1",
        "resolveConflicts": "NONE",
        "configurationValues": '{"a": 2, "b": 1}',
        "podIdentityAssociations": [{"serviceAccount": "aws-node", "roleArn": ROLE}],
        "namespaceConfig": {"namespace": "cni"},
        "tags": {"Team": "x"},
    }


def test_preserve_is_not_for_creation() -> None:
    assert only(replace(SPEC, resolve_conflicts="preserve"), None).request["resolveConflicts"] == "NONE"


@pytest.mark.parametrize(("always", "once", "sent"), [("overwrite", "none", "NONE"), ("none", "overwrite", "OVERWRITE"), ("overwrite", None, "OVERWRITE")])
def test_what_happens_to_conflicts_on_creation_may_be_said_apart(always: str, once: str | None, sent: str) -> None:
    spec = replace(SPEC, resolve_conflicts=always, resolve_conflicts_on_create=once)
    assert only(spec, None).request["resolveConflicts"] == sent


def test_without_a_cluster_a_word_has_no_version_yet() -> None:
    assert "addonVersion" not in only(replace(SPEC, version="latest"), None, Facts()).request
    assert only(replace(SPEC, version=NEW), None, Facts()).request["addonVersion"] == NEW


@pytest.mark.parametrize(
    "spec",
    [
        SPEC,
        replace(SPEC, version=OLD),
        replace(SPEC, version=OLD.removeprefix("v")),
        replace(SPEC, configuration_values={}),
        replace(SPEC, pod_identity_associations=[]),
        replace(SPEC, service_account_role_arn=""),
        replace(SPEC, namespace="kube-system"),
        replace(SPEC, tags={}, purge_tags=False),
        replace(SPEC, tags={"Team": "a"}),
    ],
)
def test_as_declared_is_quiet_and_asks_for_nothing(spec: AddonSpec) -> None:
    assert not plan_present(spec, STATE, Facts())
    assert not addon.needs_offers(spec, STATE)


def test_one_call_carries_version_configuration_and_associations() -> None:
    spec = replace(SPEC, version=NEW, configuration_values={"env": {"A": "1"}}, pod_identity_associations=[PODS])
    step = only(spec)
    assert step.settle == "update"
    assert step.request == {
        "clusterName": "edge",
        "addonName": "vpc-cni",
        "addonVersion": NEW,
        "resolveConflicts": "OVERWRITE",
        "configurationValues": '{"env": {"A": "1"}}',
        "podIdentityAssociations": [{"serviceAccount": "aws-node", "roleArn": ROLE}],
    }
    assert step.fields == ["version", "configuration_values", "pod_identity_associations"]


def test_associations_are_refused_beside_the_role_it_has() -> None:
    """UpdateAddon takes a role away that it does not mention, so the one that is there is sent again: EKS would refuse the two."""
    had = state(serviceAccountRoleArn=ROLE)
    with pytest.raises(Refusal, match=r"has service_account_role_arn .* already, and EKS takes no pod_identity_associations beside it") as caught:
        plan_present(replace(SPEC, pod_identity_associations=[PODS]), had, FACTS)
    assert caught.value.facts["refused_fields"] == ["service_account_role_arn", "pod_identity_associations"]
    step = only(replace(SPEC, pod_identity_associations=[PODS], service_account_role_arn=""), had)
    assert "serviceAccountRoleArn" not in step.request


def test_minors_between_are_steps_and_the_last_carries_the_rest() -> None:
    plan = plan_present(replace(SPEC, version="latest", configuration_values={"a": 1}), STATE, FACTS)
    assert [step.request["addonVersion"] for step in plan.steps] == [NEW, "v1.20.0-eksbuild.1"]
    assert ["configurationValues" in step.request for step in plan.steps] == [False, True]


def test_a_minor_that_is_not_offered_is_warned_of_where_eks_may_take_it() -> None:
    facts = replace(FACTS, offers=(FACTS.offers[0], FACTS.offers[2]))
    plan = plan_present(replace(SPEC, name="kube-proxy", version="latest"), state(addonName="kube-proxy"), facts)
    assert len(plan.steps) == 1
    assert "past 1.19" in plan.warnings[0]


def test_a_minor_that_is_not_offered_is_refused_where_eks_does_not_go_past_it() -> None:
    facts = replace(FACTS, offers=(FACTS.offers[0], FACTS.offers[2]))
    with pytest.raises(
        Refusal, match=r"cannot go from v1\.18\.\S+ to v1\.20\.0-eksbuild\.1: EKS takes it one minor at a time, and offers no 1\.19 here"
    ) as caught:
        plan_present(replace(SPEC, version="latest"), STATE, facts)
    assert "preserve: true" in caught.value.remedy
    assert caught.value.facts["refused_fields"] == ["version"]


def test_an_update_keeps_the_role_that_is_not_mentioned() -> None:
    found = state(serviceAccountRoleArn=ROLE)
    assert only(replace(SPEC, version=NEW), found).request["serviceAccountRoleArn"] == ROLE
    taken = only(replace(SPEC, service_account_role_arn=""), found)
    assert "serviceAccountRoleArn" not in taken.request
    assert taken.fields == ["service_account_role_arn"]


def test_configuration_is_compared_by_meaning() -> None:
    found = AddonState.from_api(ANSWER, configuration={"a": {"x": 1, "y": 2}})
    assert not plan_present(replace(SPEC, configuration_values={"a": {"y": 2, "x": 1}}), found, Facts())
    assert only(replace(SPEC, configuration_values={}), found).request["configurationValues"] == "{}"


def test_associations_are_compared_as_a_set_and_an_empty_list_removes_them() -> None:
    other = {"service_account": "other", "role_arn": ROLE}
    found = AddonState.from_api(ANSWER, associations=[PODS, other])
    assert not plan_present(replace(SPEC, pod_identity_associations=[other, PODS]), found, Facts())
    assert only(replace(SPEC, pod_identity_associations=[]), found).request["podIdentityAssociations"] == []


def test_tag_values_are_text() -> None:
    assert AddonSpec.from_params({"cluster_name": "edge", "name": "x", "tags": {"CostCenter": 1}}).tags == {"CostCenter": "1"}


def test_tags_are_steps_of_their_own() -> None:
    plan = plan_present(replace(SPEC, tags={"Owner": "b"}), STATE, Facts())
    assert [step.operation for step in plan.steps] == ["tag_resource", "untag_resource"]


def test_a_failed_update_is_sent_again() -> None:
    step = only(SPEC, state(status="UPDATE_FAILED"), Facts())
    assert (step.operation, step.request["addonVersion"], step.fields) == ("update_addon", OLD, ["status"])


def test_a_failed_update_is_sent_again_in_a_version_that_fits_the_cluster() -> None:
    """The cluster got another version since, and nobody declared the add-on's: the default, minor by minor where AWS asks for it."""
    found = state(status="UPDATE_FAILED", addonVersion="v1.17.1-eksbuild.1")
    assert addon.needs_offers(SPEC, found)
    assert [step.request["addonVersion"] for step in plan_present(SPEC, found, FACTS).steps] == [OLD, NEW]
    assert only(SPEC, state(status="UPDATE_FAILED")).request["addonVersion"] == OLD


@pytest.mark.parametrize("status", ["CREATE_FAILED", "DELETE_FAILED"])
def test_a_failed_addon_is_refused_with_its_issues_or_made_again(status: str) -> None:
    found = issue(status, "AccessDenied")
    with pytest.raises(Refusal, match=r"AccessDenied: why \(node-1\).*recreate_failed"):
        plan_present(SPEC, found, FACTS)
    plan = plan_present(replace(SPEC, recreate_failed=True, version=NEW), found, FACTS)
    assert [(step.operation, step.settle) for step in plan.steps] == [("delete_addon", "deleted"), ("create_addon", "active")]


def test_a_failed_addon_is_made_again_in_a_version_that_fits_the_cluster() -> None:
    """The cluster got another version since: EKS does not take the add-on's old one, which nobody declared."""
    found, again = state(status="CREATE_FAILED", addonVersion="v1.10.1-eksbuild.1"), replace(SPEC, recreate_failed=True)
    assert addon.needs_offers(again, found)
    assert plan_present(again, found, FACTS).steps[1].request["addonVersion"] == NEW
    assert not addon.needs_offers(SPEC, found)


def test_what_is_being_deleted_is_created_again() -> None:
    assert only(SPEC, state(status="DELETING")).operation == "create_addon"


def test_schema_problems_are_refused() -> None:
    with pytest.raises(Refusal, match="replicaCount: 'x' is not of type 'integer'"):
        plan_present(replace(SPEC, configuration_values={"replicaCount": "x"}), STATE, Facts(problems=("replicaCount: 'x' is not of type 'integer'",)))


@pytest.mark.parametrize(
    ("spec", "found", "version", "needed"),
    [
        (SPEC, None, NEW, False),
        (replace(SPEC, configuration_values={"a": 1}), None, NEW, True),
        (replace(SPEC, configuration_values={"a": 1}), None, None, False),
        (replace(SPEC, configuration_values={"a": 1}), STATE, OLD, True),
        (replace(SPEC, configuration_values={"a": 1}), AddonState.from_api(ANSWER, configuration={"a": 1}), OLD, False),
        (replace(SPEC, configuration_values={"a": 1}), AddonState.from_api(ANSWER, configuration={"a": 1}), NEW, True),
    ],
)
def test_the_schema_is_read_when_it_judges_something_new(spec: AddonSpec, found: AddonState | None, version: str | None, needed: bool) -> None:
    assert addon.needs_schema(spec, found, version) is needed


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (Facts(accounts=()), "does not take pod_identity_associations. Make the association"),
        (Facts(accounts=("other", "more")), f"takes no pod_identity_associations for {PODS['service_account']}. Give those of more, other"),
        (Facts(foreign=("aws-node",)), "cannot take over aws-node: there is an association that is not its own"),
    ],
)
def test_associations_that_eks_does_not_take_are_refused(facts: Facts, words: str) -> None:
    with pytest.raises(Refusal) as caught:
        plan_present(replace(SPEC, pod_identity_associations=[PODS]), STATE, facts)
    assert words in str(caught.value)
    assert caught.value.facts["refused_fields"] == ["pod_identity_associations"]


@pytest.mark.parametrize(
    ("spec", "found", "version", "needed"),
    [
        (SPEC, None, NEW, False),
        (replace(SPEC, pod_identity_associations=[]), None, NEW, False),
        (replace(SPEC, pod_identity_associations=[PODS]), None, NEW, True),
        (replace(SPEC, pod_identity_associations=[PODS]), None, None, False),
        (replace(SPEC, pod_identity_associations=[PODS]), STATE, OLD, True),
        (replace(SPEC, pod_identity_associations=[PODS]), AddonState.from_api(ANSWER, associations=[PODS]), OLD, False),
        (replace(SPEC, pod_identity_associations=[PODS]), AddonState.from_api(ANSWER, associations=[PODS]), NEW, True),
    ],
)
def test_what_eks_takes_is_read_when_associations_are_news(spec: AddonSpec, found: AddonState | None, version: str | None, needed: bool) -> None:
    assert addon.needs_identities(spec, found, version) is needed


def test_a_namespace_cannot_change() -> None:
    with pytest.raises(Refusal, match="is in namespace kube-system; EKS cannot move it to other"):
        plan_present(replace(SPEC, namespace="other"), STATE, Facts())


@pytest.mark.parametrize(("preserve", "request_part"), [(False, {}), (True, {"preserve": True})])
def test_absent_deletes(preserve: bool, request_part: dict[str, bool]) -> None:
    (step,) = plan_absent(replace(SPEC, preserve=preserve), STATE).steps
    assert step.request == {"clusterName": "edge", "addonName": "vpc-cni", **request_part}


@pytest.mark.parametrize("found", [None, state(status="DELETING")])
def test_absent_is_quiet_when_it_is_gone_or_going(found: AddonState | None) -> None:
    assert not plan_absent(SPEC, found)


@pytest.mark.parametrize(
    ("status", "code", "accept", "kind"),
    [
        ("ACTIVE", "", False, "done"),
        ("CREATING", "", True, "pending"),
        ("CREATING", "InsufficientNumberOfReplicas", True, "done"),
        ("UPDATING", "InsufficientNumberOfReplicas", False, "pending"),
        ("DEGRADED", "InsufficientNumberOfReplicas", True, "done"),
        ("DEGRADED", "InsufficientNumberOfReplicas", False, "failed"),
        ("CREATE_FAILED", "AccessDenied", True, "failed"),
    ],
)
def test_degraded_is_done_where_it_is_accepted(status: str, code: str, accept: bool, kind: str) -> None:
    answer = {"status": status, "health": {"issues": [{"code": code, "message": "m"}] if code else []}}
    assert addon.active(answer, accept_degraded=accept).kind == kind


@pytest.mark.parametrize(
    ("found", "waits"),
    [
        (None, False),
        (STATE, False),
        (issue("DEGRADED", "InsufficientNumberOfReplicas"), False),
        (issue("UPDATING", "InsufficientNumberOfReplicas"), False),
        (issue("DELETING", "InsufficientNumberOfReplicas"), True),
        (state(status="CREATING"), True),
    ],
)
def test_an_operation_under_way_is_waited_for(found: AddonState | None, waits: bool) -> None:
    assert (addon.in_flight(found) is not None) is waits


@pytest.mark.parametrize(("found", "said"), [(None, 0), (STATE, 0), (state(status="CREATING"), 0), (issue("DEGRADED", "AccessDenied"), 1)])
def test_an_unhealthy_addon_is_warned_of(found: AddonState | None, said: int) -> None:
    assert len(addon.health_warnings(found)) == said


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ({"coredns": None, "eks-pod-identity-agent": None, "vpc-cni": None}, [["eks-pod-identity-agent"], ["coredns", "vpc-cni"]]),
        ({"adot": None, "cert-manager": None}, [["cert-manager"], ["adot"]]),
        ({"adot": None}, [["adot"]]),
        ({"a": None, "b": ["a"], "c": ["b"], "d": []}, [["a", "d"], ["b"], ["c"]]),
        ({"eks-pod-identity-agent": ["vpc-cni"], "vpc-cni": []}, [["vpc-cni"], ["eks-pod-identity-agent"]]),
        ({}, []),
    ],
)
def test_addons_come_in_waves(after: dict[str, list[str] | None], expected: list[list[str]]) -> None:
    assert waves(after) == expected


@pytest.mark.parametrize(("after", "words"), [({"a": ["b"], "b": ["a"]}, "a, b wait for each other"), ({"a": ["x"]}, "after x, which is not declared")])
def test_an_order_that_cannot_be_is_refused(after: dict[str, list[str] | None], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        waves(after)
