"""Steps of a rotation that cannot be: each is refused by the plan, with its message, its fields and a remedy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._eks.certificate_authority import AuthoritySpec, AuthorityState, plan

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def authority(name: str, signing: str = "NOT_USED", distribution: str = "COMPLETE", *, days: int = 3650, **fields: Any) -> AuthorityState:
    validity = {"notBefore": NOW, "notAfter": NOW + timedelta(days=days)}
    answer = {"id": name, "createdBy": "CUSTOMER", "signingStatus": signing, "distributionStatus": distribution, "validity": validity}
    return AuthorityState.from_api({**answer, **fields})


SIGNS = authority("a", "IN_USE", activatedAt=NOW, createdBy="EKS")
SUCCESSOR = authority("b")
RETIRED = authority("a", activatedAt=NOW, createdBy="EKS")
NEW = authority("b", "IN_USE", activatedAt=NOW)
ONE, BEGUN, TURNED = [SIGNS], [SIGNS, SUCCESSOR], [NEW, RETIRED]
TURNING = [SIGNS, authority("b", "ACTIVATING")]

REFUSED: list[tuple[str, list[AuthorityState], dict[str, Any], str, list[str]]] = [
    ("an unknown id", ONE, {"id": "z"}, "Cluster edge has no certificate authority z", ["id"]),
    ("an unknown id to sign", ONE, {"id": "z", "state": "active"}, "Cluster edge has no certificate authority z", ["id"]),
    ("a third one", TURNED, {}, "has 2 certificate authorities, none of them a successor, and EKS takes no third", ["state"]),
    ("a successor that failed", [SIGNS, authority("b", distribution="FAILED")], {}, "certificate authority b, which EKS could not distribute", ["state"]),
    ("it cannot sign", [SIGNS, authority("b", distribution="FAILED")], {"state": "active"}, "b, which EKS could not distribute", ["state"]),
    ("too late to go back", TURNED, {"state": "active", "id": "a"}, "cannot go back to certificate authority a", ["id"]),
    ("the one that signs", BEGUN, {"state": "absent", "id": "a"}, "uses certificate authority a to sign", ["id"]),
    ("the one that is about to", TURNING, {"state": "absent", "id": "b"}, "uses certificate authority b to sign", ["id"]),
    ("EKS's successor", [SIGNS, authority("b", createdBy="EKS")], {"state": "absent", "id": "b"}, "has b for its only successor, which EKS made", ["id"]),
]


@pytest.mark.parametrize(("state", "params", "message", "fields"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused_with_a_remedy(state: list[AuthorityState], params: dict[str, Any], message: str, fields: list[str]) -> None:
    with pytest.raises(Refusal) as caught:
        plan(AuthoritySpec.from_params({"cluster_name": "edge", **params}), state, NOW)
    assert message in caught.value.message
    assert caught.value.remedy
    assert caught.value.facts["refused_fields"] == fields
