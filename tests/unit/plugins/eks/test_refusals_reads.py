"""Questions that EKS could not answer, refused before any call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._eks.catalogue import addon_request, version_request
from ansible_collections.fleetops.eks.plugins.module_utils._eks.insight import filters, refresh_verdict
from ansible_collections.fleetops.eks.plugins.module_utils._eks.update import owner_of

ID = "6f3a1c2d-0b4e-4a57-9c68-7d2e5f8a9b10"
REFUSED: list[tuple[str, Callable[[Mapping[str, Any]], Any], dict[str, Any], str]] = [
    ("insights for a float", filters, {"kubernetes_versions": ["1.3"]}, "Quote it"),
    ("insights for a patch", filters, {"kubernetes_versions": ["1.34.2"]}, "not a Kubernetes minor version"),
    ("versions with a v", version_request, {"cluster_versions": ["v1.34"]}, "not a Kubernetes minor version"),
    ("add-ons for a float", addon_request, {"kubernetes_version": "1.3"}, "Quote it"),
    ("a version of no add-on", addon_request, {"addon_version": "v1", "configuration": True}, "is a version of no add-on"),
    ("a version for nothing", addon_request, {"addon_name": "coredns", "addon_version": "v1"}, "is a version of no add-on"),
    ("waiting for none", owner_of, {"wait": True}, "waits for one update"),
    ("all, and one", owner_of, {"include_members": True, "update_id": ID}, "asks for the updates of all members"),
    ("all, and a node group's", owner_of, {"include_members": True, "nodegroup_name": "workers"}, "asks for the updates of all members"),
]


@pytest.mark.parametrize(("ask", "params", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_refused(ask: Callable[[Mapping[str, Any]], Any], params: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal) as caught:
        ask(params)
    assert words in str(caught.value)
    assert caught.value.remedy
    assert caught.value.facts["refused_fields"]


OLD = {"status": "COMPLETED", "startedAt": 1}


@pytest.mark.parametrize(
    ("before", "now", "kind"),
    [
        (OLD, OLD, "pending"),
        (OLD, {"status": "IN_PROGRESS", "startedAt": 2}, "pending"),
        (OLD, {"status": "COMPLETED", "startedAt": 2}, "done"),
        ({"status": "IN_PROGRESS", "startedAt": 1}, OLD, "done"),
        (None, OLD, "done"),
        (None, None, "pending"),
        (OLD, {"status": "FAILED", "startedAt": 2}, "failed"),
        ({"status": "FAILED", "startedAt": 1}, {"status": "FAILED", "startedAt": 1}, "pending"),
        ({"status": "COMPLETED"}, {"status": "COMPLETED"}, "done"),
    ],
)
def test_where_a_refresh_stands(before: dict[str, Any] | None, now: dict[str, Any] | None, kind: str) -> None:
    assert refresh_verdict(before, now).kind == kind
