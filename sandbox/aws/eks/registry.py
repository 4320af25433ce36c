"""The table of simulated operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.aws.context import Context

Params = dict[str, Any]
Answer = dict[str, Any]
Operation = Callable[[Context, Params], Answer]

OPERATIONS: dict[str, Operation] = {}


def operation(function: Operation) -> Operation:
    """Register the function as the operation of its own name: describe_cluster is DescribeCluster."""
    OPERATIONS["".join(part.capitalize() for part in function.__name__.split("_"))] = function
    return function
