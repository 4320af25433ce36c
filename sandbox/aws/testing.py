"""Start the simulator from a test.

with start(delay=0) as aws:
    eks = aws.client("eks")
    ...
    assert [each["operation"] for each in aws.writes("eks")] == ["CreateCluster"]
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from sandbox.aws.kubernetes import Kubernetes
from sandbox.aws.server import serve
from sandbox.aws.settings import Settings
from sandbox.aws.world import World

ACCOUNT = "111122223333"
REGION = "us-east-1"
ACCESS_KEY = "AKIASANDBOXTESTING00"
OTHER_ACCOUNT = "444455556666"
OTHER_ACCESS_KEY = "AKIASANDBOXTESTING01"


@dataclass(frozen=True)
class Running:
    """A simulator that runs: its address, and its control API. ValueError carries what the control API refused."""

    url: str
    world: World

    def client(self, service: str, *, region: str = REGION, access_key: str = ACCESS_KEY, **config: Any) -> Any:
        """Return a boto3 client that talks to this simulator; config goes to botocore's Config."""
        return _session(access_key, region).client(service, endpoint_url=self.url, config=Config(**{"retries": {"total_max_attempts": 1}, **config}))

    def environment(self, *, region: str = REGION, access_key: str = ACCESS_KEY) -> dict[str, str]:
        """Return the environment by which a child process, or botocore itself, finds this simulator."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": access_key,
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": region,
            "AWS_REGION": region,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def log(self, service: str | None = None, *, since: int = 0, writes: bool = False) -> list[dict[str, Any]]:
        """Return the requests so far, each with n, service, operation, account, region, status, code, ms, write, resource."""
        query = f"since={since}" + ("&writes=1" if writes else "") + (f"&service={service}" if service else "")
        requests: list[dict[str, Any]] = self.control("GET", f"log?{query}")["requests"]
        return requests

    def writes(self, service: str | None = None) -> list[dict[str, Any]]:
        return self.log(service, writes=True)

    def clear_log(self) -> None:
        self.control("DELETE", "log")

    def faults(self, *rules: Mapping[str, Any], seed: int = 0) -> None:
        """Replace the fault rules; none removes them all."""
        self.control("PUT", "faults", {"seed": seed, "rules": [dict(rule) for rule in rules]})

    def settings(self, **values: Any) -> dict[str, Any]:
        """Change settings (delay, delays, latency, consistency, iam_propagation, strict_references); return them all."""
        return self.control("PUT", "settings", values)

    def clock(self, advance: float) -> None:
        """Move the simulator's clock forward by that many seconds; what is due by then happens."""
        self.control("POST", "clock", {"advance": advance})

    def on(self, day: str) -> None:
        """Set the simulator's clock to the beginning of a day (ISO, UTC), where a test speaks of the calendar of versions."""
        self.clock(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() - self.world.clock.now())

    def outcome(self, kind: str, status: str, *, cluster: str | None = None, name: str | None = None, **more: Any) -> None:
        """Say how the next transition of a cluster, addon, nodegroup, fargate_profile, capability, update or refresh of insights ends.

        more: issues, errors, account, region.
        """
        self.control("POST", "eks/outcome", {"kind": kind, "status": status, "cluster": cluster, "name": name, **more})

    def insights(self, cluster: str, insights: list[dict[str, Any]], *, account: str = ACCOUNT, region: str = REGION) -> None:
        self.control("POST", "eks/insights", {"account": account, "region": region, "cluster": cluster, "insights": insights})

    def export(self) -> dict[str, Any]:
        """Return {"accounts": {account: {region: {clusters, activations, managed_instances, …}}}}."""
        return self.control("GET", "export")

    def reset(self) -> None:
        self.control("POST", "reset")

    def review(self, cluster: str, token: str, *, account: str = ACCOUNT, region: str = REGION) -> dict[str, Any]:
        """Return the status of a TokenReview."""
        status: dict[str, Any] = self.control("POST", f"clusters/{account}/{region}/{cluster}/tokenreview", {"spec": {"token": token}})["status"]
        return status

    def control(self, method: str, call: str, document: Any = None) -> dict[str, Any]:
        """Call the control API."""
        data = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(f"{self.url}/_sandbox/{call}", data=data, method=method, headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                found: dict[str, Any] = json.loads(answer.read())
                return found
        except urllib.error.HTTPError as error:
            raise ValueError(f"{method} {call}: {error.code} {error.read().decode()}") from error


@cache
def _session(access_key: str, region: str) -> boto3.Session:
    """Return a session, made once: reading botocore's data costs more than a client."""
    return boto3.Session(aws_access_key_id=access_key, aws_secret_access_key="secret", region_name=region)


@contextmanager
def start(
    delay: float = 0, *, accounts: Mapping[str, str] | None = None, kubernetes: tuple[str, Path, str] | None = None, **settings: Any
) -> Iterator[Running]:
    """Run a simulator in threads of this process, on a free port of loopback.

    accounts: access key to account id, beside ACCESS_KEY and OTHER_ACCESS_KEY. kubernetes: url, CA file, control token.
    moto's backends are shared by all simulators of a process, and emptied at the start and the end of each.
    """
    table = {ACCESS_KEY: ACCOUNT, OTHER_ACCESS_KEY: OTHER_ACCOUNT, **(accounts or {})}
    world = World(Settings().changed({"delay": delay, **settings}), table, Kubernetes(*kubernetes) if kubernetes else None)
    (server,) = serve(world, ["127.0.0.1"], 0)
    running = Running(f"http://127.0.0.1:{server.server_address[1]}", world)
    try:
        running.reset()
        yield running
    finally:
        running.reset()
        server.shutdown()
        server.server_close()
    if world.misfits:
        raise AssertionError("answers of the simulator that do not fit botocore's model:\n" + "\n".join(world.misfits))
