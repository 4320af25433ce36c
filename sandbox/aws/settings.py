"""What a test may set while the simulator runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

KINDS = ("cluster", "addon", "nodegroup", "update")


@dataclass(frozen=True)
class Settings:
    """Seconds, but for strict_references.

    delay: how long a resource stays CREATING, UPDATING or DELETING; delays: the same for one kind.
    latency: added to every answer. consistency: how long reads still answer what was true before a write.
    iam_propagation: how long a new role is unknown to EKS. strict_references: refuse roles, subnets and keys that do not exist.
    """

    delay: float = 0.0
    delays: Mapping[str, float] = field(default_factory=dict)
    latency: float = 0.0
    consistency: float = 0.0
    iam_propagation: float = 0.0
    strict_references: bool = False

    def delay_of(self, kind: str) -> float:
        return self.delays.get(kind, self.delay)

    def changed(self, values: Mapping[str, Any]) -> Settings:
        """Return these settings with the given ones changed; ValueError names a setting that does not exist."""
        unknown = set(values) - {each.name for each in fields(self)} | set(values.get("delays", {})) - set(KINDS)
        if unknown:
            raise ValueError(f"no such setting: {', '.join(sorted(unknown))}")
        return replace(self, **values)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
