"""Modules run on the simulator's clock: what takes minutes takes none, and what must be waited for is."""

from __future__ import annotations

import importlib
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.fleetops.eks.plugins.module_utils._aws.clients import Clients
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context

from sandbox.aws.testing import Running

Result = dict[str, Any]


class SimulatedClock:
    """Sleeping moves the simulator's clock, and nothing else."""

    def __init__(self, aws: Running) -> None:
        self.aws = aws
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds
        self.aws.clock(advance=seconds)


def patiently(aws: Running, module: Any, **params: Any) -> Result:
    """Run a module's logic on the simulator's clock; its errors are raised."""
    aws.clear_log()
    given = {"endpoint_url": aws.url, "region": "us-east-1", "access_key": "AKIATEST", "secret_key": "x", "cluster_name": "edge", **params}
    checked = ArgumentSpecValidator(module.SPEC["argument_spec"]).validate(given).validated_parameters
    result: Result = module.run(checked, Context(Clients(checked), clock=SimulatedClock(aws)))
    return result


class Tasks:
    """Modules run one after the other, by their names, on the simulator's clock. They share their clients, which cost more to make than a quiet run."""

    def __init__(self, aws: Running) -> None:
        self.aws = aws
        self.reach = {"endpoint_url": aws.url, "region": "us-east-1", "access_key": "AKIATEST", "secret_key": "x"}
        self.clients = Clients(self.reach)

    def run(self, name: str, params: dict[str, Any]) -> Result:
        """Return the result of a task with these options; its errors are raised."""
        entry = importlib.import_module(f"ansible_collections.fleetops.eks.plugins.modules.{name}")
        checked = ArgumentSpecValidator(entry.SPEC["argument_spec"]).validate({**self.reach, **params})
        assert not checked.error_messages, checked.error_messages
        result: Result = entry.run(checked.validated_parameters, Context(self.clients, clock=SimulatedClock(self.aws)))
        return result
