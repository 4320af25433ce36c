"""A process that takes a lock, writes down that it has it and that it gives it back, and does so a number of times.

python -m tests.support.lock_worker URL OWNER ROUNDS JOURNAL
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.fleetops.eks.plugins.module_utils._aws.clients import Clients
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context
from ansible_collections.fleetops.eks.plugins.modules import fleet_lock


class Impatient:
    """The machine's clock, and short sleep: contention is what this is about."""

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(min(seconds, 0.1))


class Worker:
    """The module's own logic, with clients that are made once. Its errors end the process."""

    def __init__(self, url: str, owner: str) -> None:
        self.given = {"name": "edge", "owner": owner, "endpoint_url": url, "region": "us-east-1", "access_key": "AKIATEST", "secret_key": "not-a-secret"}
        self.context = Context(Clients(self._options()), clock=Impatient())

    def run(self, **params: Any) -> dict[str, Any]:
        return fleet_lock.run(self._options(**params), self.context)

    def _options(self, **params: Any) -> dict[str, Any]:
        validated: dict[str, Any] = ArgumentSpecValidator(fleet_lock.SPEC["argument_spec"]).validate({**self.given, **params}).validated_parameters
        return validated


def main(url: str, owner: str, rounds: int, journal: str) -> None:
    handle = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    worker = Worker(url, owner)
    for _ in range(rounds):
        taken = worker.run(create_table=True)["lock"]
        os.write(handle, f"enter {owner} {taken['fence']}\n".encode())
        still = worker.run(fence=taken["fence"])["lock"]
        os.write(handle, f"leave {owner} {still['fence']}\n".encode())
        if not worker.run(state="absent")["changed"]:
            raise SystemExit("somebody else has released it")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
