# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of leases: made on request, checked before use. Pure.

Facts: DynamoDB's time to live deletes hours to days late, so that no lease depends on it: only records of broken leases carry its attribute.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Change, Plan, Step, created
from ansible_collections.fleetops.eks.plugins.module_utils._core.settle import Verdict, done, failed, pending

KEY = "id"
FORGET = "forget_at"


def plan_table(name: str, state: Mapping[str, Any] | None, *, protected: bool) -> Plan:
    """Return the steps that make the table; empty when there is one that fits."""
    if state is not None:
        _refuse_other(name, state)
        return Plan()
    request = {
        "TableName": name,
        "AttributeDefinitions": [{"AttributeName": KEY, "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": KEY, "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "DeletionProtectionEnabled": protected,
    }
    ttl = {"TableName": name, "TimeToLiveSpecification": {"Enabled": True, "AttributeName": FORGET}}
    shown = {"table": name, "billing_mode": "PAY_PER_REQUEST", "deletion_protection": protected}
    return Plan(
        (
            Step("create_table", request, created("", shown), settle="active"),
            Step("update_time_to_live", ttl, (Change("ttl_attribute", None, FORGET),)),
        )
    )


def table_verdict(state: Mapping[str, Any] | None) -> Verdict:
    """Where a table stands that is to become ACTIVE."""
    if state is None:
        return pending("not yet visible")
    status = state["TableStatus"]
    return done(status) if status in ("ACTIVE", "UPDATING") else failed(f"status {status}") if status == "DELETING" else pending(f"status {status}")


def _refuse_other(name: str, state: Mapping[str, Any]) -> None:
    keys = {each["AttributeName"]: each["KeyType"] for each in state.get("KeySchema") or []}
    kinds = {each["AttributeName"]: each["AttributeType"] for each in state.get("AttributeDefinitions") or []}
    if keys != {KEY: "HASH"} or kinds.get(KEY) != "S":
        raise Refusal(
            f"Table {name} has the key {', '.join(keys)}, and a table of locks has the text {KEY} and nothing else.",
            remedy="Choose another table.",
            fields=("table",),
        )
