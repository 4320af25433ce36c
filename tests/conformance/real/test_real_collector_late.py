"""What a real API server refuses for a while, as it does while a kind's storage is being made, its collector asks again, without a complaint."""

from __future__ import annotations

import time
import urllib.error
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox.real import testing
from sandbox.real.client import Client, Refused
from sandbox.real.collector import Collector

Object = dict[str, Any]
BUSY = {"reason": "TooManyRequests", "message": "storage is (re)initializing"}
REFUSALS = 2
LONGEST = 60.0


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
    gone = _is_gone_in_time(server, f"{maps}/owner")
    collector.stop()
    assert (gone, texts) == (True, [])
    assert late.asked["DELETE", f"{maps}/child"] == REFUSALS + 1


def _is_gone_in_time(server: testing.Running, path: str) -> bool:
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        try:
            server.call("GET", path)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return True
            raise
        time.sleep(0.1)
    return False
