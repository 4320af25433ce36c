"""Capabilities: what means the same, how a declaration of role mappings becomes a delta."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._eks.capability import health_warnings, in_flight, plan_absent, plan_present
from ansible_collections.fleetops.eks.plugins.module_utils._eks.capability_values import CapabilitySpec, CapabilityState

ROLE = "arn:aws:iam::111122223333:role/argocd"
IDC = {"idc_instance_arn": "arn:idc", "idc_region": None}
ANN, BOB, OPS = ({"id": "ann", "type": "SSO_USER"}, {"id": "bob", "type": "SSO_USER"}, {"id": "ops", "type": "SSO_GROUP"})
Result = dict[str, Any]


def declared(argo_cd: Result | None = None, ack: Result | None = None, **params: Any) -> CapabilitySpec:
    return CapabilitySpec.from_params({"cluster_name": "edge", "name": "argo", "configuration": {"argo_cd": argo_cd, "ack": ack}, **params})


def capability(argo: Result | None = None, ack: Result | None = None, **fields: Any) -> CapabilityState:
    kind = "ACK" if ack is not None else "ARGOCD"
    configuration = {"ack": ack} if ack is not None else {"argoCd": {"namespace": "argocd", "awsIdc": {"idcInstanceArn": "arn:idc"}, **(argo or {})}}
    answer = {"capabilityName": "argo", "arn": "arn:c", "clusterName": "edge", "status": "ACTIVE", "type": kind, "roleArn": ROLE, "tags": {}}
    state = CapabilityState.from_api({**answer, "deletePropagationPolicy": "RETAIN", "configuration": configuration, **fields})
    assert state is not None
    return state


def roles(**members: list[Result]) -> list[Result]:
    return [{"role": role, "identities": identities} for role, identities in members.items()]


def operations(plan: Any) -> list[str]:
    return [step.operation for step in plan.steps]


def test_creates_with_what_is_declared() -> None:
    argo = {"namespace": None, "aws_idc": IDC, "rbac_role_mappings": roles(ADMIN=[OPS]), "network_access": {"vpce_ids": ["vpce-1"]}, "endpoint_prefix": None}
    step = plan_present(declared(argo, type="ARGOCD", role_arn=ROLE, tags={"a": 1}), None).steps[0]
    assert step.request == {
        "clusterName": "edge",
        "capabilityName": "argo",
        "type": "ARGOCD",
        "roleArn": ROLE,
        "deletePropagationPolicy": "RETAIN",
        "configuration": {
            "argoCd": {"awsIdc": {"idcInstanceArn": "arn:idc"}, "rbacRoleMappings": roles(ADMIN=[OPS]), "networkAccess": {"vpceIds": ["vpce-1"]}},
        },
        "tags": {"a": "1"},
    }


def test_kro_has_no_configuration() -> None:
    request = plan_present(declared(type="KRO", role_arn=ROLE), None).steps[0].request
    assert "configuration" not in request


@pytest.mark.parametrize(
    ("spec", "state"),
    [
        (declared(), capability(roleArn="arn:other")),
        (declared({"aws_idc": IDC, "namespace": "argocd"}, type="ARGOCD", role_arn=ROLE), capability()),
        (declared({"rbac_role_mappings": roles(ADMIN=[OPS, ANN])}), capability({"rbacRoleMappings": roles(ADMIN=[ANN, OPS])})),
        (declared({"rbac_role_mappings": roles(VIEWER=[BOB], ADMIN=[OPS])}), capability({"rbacRoleMappings": roles(ADMIN=[OPS], VIEWER=[BOB])})),
        (declared({"rbac_role_mappings": roles(VIEWER=[])}), capability()),
        (declared({"rbac_role_mappings": []}), capability()),
        (declared({"network_access": {"vpce_ids": ["b", "a"]}}), capability({"networkAccess": {"vpceIds": ["a", "b"]}})),
        (declared({"network_access": {"vpce_ids": []}}), capability()),
        (declared(ack={"enable_cross_namespace": False, "disabled_services": []}), capability(ack={})),
        (declared(ack={"disabled_services": ["s3", "iam"]}), capability(ack={"disabledServices": ["iam", "s3"]})),
    ],
)
def test_what_means_the_same_is_quiet(spec: CapabilitySpec, state: CapabilityState) -> None:
    assert not plan_present(spec, state)


DELTAS: list[tuple[str, list[Result], list[Result], bool, Result]] = [
    ("a role", roles(), roles(ADMIN=[OPS]), True, {"addOrUpdateRoleMappings": roles(ADMIN=[OPS])}),
    ("an identity", roles(ADMIN=[OPS]), roles(ADMIN=[OPS, ANN]), True, {"addOrUpdateRoleMappings": roles(ADMIN=[OPS, ANN])}),
    ("one less", roles(ADMIN=[OPS, ANN]), roles(ADMIN=[ANN]), True, {"removeRoleMappings": roles(ADMIN=[OPS])}),
    (
        "one for another",
        roles(ADMIN=[OPS]),
        roles(ADMIN=[ANN]),
        True,
        {"addOrUpdateRoleMappings": roles(ADMIN=[ANN]), "removeRoleMappings": roles(ADMIN=[OPS])},
    ),
    ("all gone", roles(ADMIN=[OPS], VIEWER=[ANN]), roles(), True, {"removeRoleMappings": roles(ADMIN=[OPS], VIEWER=[ANN])}),
    ("nothing purged", roles(ADMIN=[OPS], VIEWER=[BOB]), roles(ADMIN=[ANN]), False, {"addOrUpdateRoleMappings": roles(ADMIN=[OPS, ANN])}),
]


@pytest.mark.parametrize(("before", "after", "purge", "delta"), [row[1:] for row in DELTAS], ids=[row[0] for row in DELTAS])
def test_role_mappings_become_a_delta(before: list[Result], after: list[Result], purge: bool, delta: Result) -> None:
    plan = plan_present(declared({"rbac_role_mappings": after}, purge_rbac_role_mappings=purge), capability({"rbacRoleMappings": before}))
    assert operations(plan) == ["update_capability"]
    assert plan.steps[0].request["configuration"] == {"argoCd": {"rbacRoleMappings": delta}}
    assert plan.steps[0].fields == ["configuration.argo_cd.rbac_role_mappings"]


def test_one_update_carries_everything() -> None:
    argo = {"network_access": {"vpce_ids": ["vpce-1"]}, "rbac_role_mappings": roles(ADMIN=[OPS])}
    plan = plan_present(declared(argo, role_arn=ROLE + "2", tags={"a": "b"}), capability())
    assert operations(plan) == ["tag_resource", "update_capability"]
    assert plan.steps[1].request == {
        "clusterName": "edge",
        "capabilityName": "argo",
        "roleArn": ROLE + "2",
        "configuration": {
            "argoCd": {"rbacRoleMappings": {"addOrUpdateRoleMappings": roles(ADMIN=[OPS])}, "networkAccess": {"vpceIds": ["vpce-1"]}},
        },
    }


def test_ack_is_updated_by_what_differs() -> None:
    before = {"enableCrossNamespace": True, "disabledServices": ["s3"]}
    plan = plan_present(declared(ack={"enable_cross_namespace": False, "disabled_services": ["s3"]}), capability(ack=before))
    assert plan.steps[0].request["configuration"] == {"ack": {"enableCrossNamespace": False}}
    plan = plan_present(declared(ack={"disabled_services": []}), capability(ack=before))
    assert plan.steps[0].request["configuration"] == {"ack": {"disabledServices": []}}


def test_what_failed_is_made_again_on_demand_only() -> None:
    broken = capability(status="CREATE_FAILED", health={"issues": [{"code": "AccessDenied", "message": "no trust"}]})
    new = declared({"aws_idc": IDC}, type="ARGOCD", role_arn=ROLE)
    with pytest.raises(Refusal, match="CREATE_FAILED; AccessDenied: no trust"):
        plan_present(new, broken)
    again = declared({"aws_idc": IDC}, type="ARGOCD", role_arn=ROLE, recreate_failed=True)
    assert operations(plan_present(again, broken)) == ["delete_capability", "create_capability"]
    assert health_warnings(capability(status="DEGRADED", health=broken.raw["health"])) == [
        "Capability argo of cluster edge is DEGRADED; AccessDenied: no trust."
    ]


def test_one_of_its_type_that_is_going_is_waited_for() -> None:
    going = [{"capabilityName": "old", "type": "ARGOCD", "status": "DELETING"}]
    spec = declared({"aws_idc": IDC}, type="ARGOCD", role_arn=ROLE)
    assert in_flight(spec, None, going) is not None
    assert in_flight(declared(type="KRO"), None, going) is None
    assert operations(plan_present(spec, None, going)) == ["create_capability"]


def test_absent_and_absent_again() -> None:
    assert operations(plan_absent(declared(), capability())) == ["delete_capability"]
    assert not plan_absent(declared(), None)
    assert not plan_absent(declared(), capability(status="DELETING"))
