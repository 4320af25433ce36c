"""The table of SSM operations that are ours; those of the agent are not in botocore's model."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sandbox.aws.context import Context
from sandbox.aws.errors import ApiError

Params = dict[str, Any]
Answer = dict[str, Any]
Operation = Callable[[Context, Params], Answer]

OPERATIONS: dict[str, Operation] = {}
AGENT: set[str] = set()


def operation(function: Operation) -> Operation:
    """Register the function as the operation of its own name."""
    OPERATIONS["".join(part.capitalize() for part in function.__name__.split("_"))] = function
    return function


def agent_operation(function: Operation) -> Operation:
    AGENT.add("".join(part.capitalize() for part in function.__name__.split("_")))
    return operation(function)


def page(params: Params, name: str, rows: Iterable[Any], size: int) -> Answer:
    """Return one page; the token is the offset of the next."""
    every, token = list(rows), params.get("NextToken") or "0"
    if not token.isdigit():
        raise ApiError("InvalidNextToken", "The specified token isn't valid.")
    start, most = int(token), params.get("MaxResults") or size
    rest = {"NextToken": str(start + most)} if start + most < len(every) else {}
    return {name: every[start : start + most], **rest}
