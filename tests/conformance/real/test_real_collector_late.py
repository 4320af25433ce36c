"""What a real API server refuses for a while, as it does while a kind's storage is being made, its collector asks again, without a complaint."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox.real import testing
from sandbox.real.client import Client, Refused
from sandbox.real.collector import Collector
from tests.conformance.real.waits import is_gone, until

Object = dict[str, Any]
BUSY = {"reason": "TooManyRequests", "message": "storage is (re)initializing"}
REFUSALS = 2


@dataclass
class Late(Client):
    """Refuses the first requests of each kind and place itself, in the server's words."""

    asked: Counter[tuple[str, str]] = field(default_factory=Counter)

    def call(self, method: str, path: str, *arguments: Any, **options: Any) -> Object:
        self.asked[method, path] += 1
        if self.asked[method, path] <= REFUSALS:
            raise Refused(429, BUSY)
        return super().call(method, path, *arguments, **options)


@pytest.mark.conformance(part="kubernetes", backend="garbage collection on kube-apiserver")
def test_what_the_server_refuses_for_a_while_is_asked_again(server: testing.Running) -> None:
    name = f"n{uuid.uuid4().hex[:10]}"
    maps = f"/api/v1/namespaces/{name}/configmaps"
    server.call("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    owner = server.call("POST", maps, {"metadata": {"name": "owner"}})["metadata"]
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["uid"], "blockOwnerDeletion": True}
    server.call("POST", maps, {"metadata": {"name": "child", "ownerReferences": [reference]}})
    server.call("DELETE", f"{maps}/owner", {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Foreground"})
    texts: list[str] = []
    late = Late(server.server)
    collector = Collector(late, texts.append)
    collector.start()
    until("the owner is gone", lambda: is_gone(server, f"{maps}/owner"))
    collector.stop()
    assert texts == []
    assert late.asked["DELETE", f"{maps}/child"] == REFUSALS + 1
