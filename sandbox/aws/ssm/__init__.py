"""SSM's hybrid activations and managed instances; every other operation of SSM is moto's."""

from __future__ import annotations

from typing import Any

from sandbox.aws.ssm import activation, agent, instance, service_setting
from sandbox.aws.ssm.registry import AGENT, OPERATIONS

__all__ = ["AGENT", "OPERATIONS", "activation", "agent", "instance", "names_managed_instance", "service_setting"]

_SHARED = ("AddTagsToResource", "RemoveTagsFromResource", "ListTagsForResource")


def names_managed_instance(operation: str, params: dict[str, Any]) -> bool:
    """Return whether a call is ours: tagging is shared with moto, which tags everything but managed instances."""
    return operation not in _SHARED or params.get("ResourceType") == "ManagedInstance"
