"""What a test may set while the simulator runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

KINDS = ("cluster", "addon", "nodegroup", "update")
MOST_ROWS = 50  # SSM's own page; those of EKS and IAM have 100
# https://docs.aws.amazon.com/eks/latest/userguide/service-quotas.html
QUOTAS = {"cluster": 100, "nodegroup": 30, "fargateprofile": 10, "podidentityassociation": 1000}
CHOICES = {
    "iam_text": ("", "missing", "params", "trust", "policies", "actions", "provided"),
    "not_found_code": ("ResourceNotFoundException", "ClientException"),
}


@dataclass(frozen=True)
class Settings:
    """Seconds, but for strict_references.

    delay: how long a resource stays CREATING, UPDATING or DELETING; delays: the same for one kind.
    latency: added to every answer. consistency: how long reads still answer what was true before a write.
    iam_propagation: how long a new role is unknown to EKS. strict_references: refuse roles, subnets and keys that do not exist;
    without it whatever is named exists, and EC2 and KMS, asked for it, know it too.
    iam_text: which of the service's texts says so (references.TEXTS; empty: the operation's own).
    quotas: how many of a kind there may be (QUOTAS has AWS's numbers; a kind that is left out is not limited).
    requests_per_second: how many calls of EKS an account makes in a region before it is throttled, in bursts of twice as many; 0: as many as it likes.
    page: how many rows a page of a list of EKS, of SSM or of a role in IAM has at most, up to MOST_ROWS; 0: as many as the service gives.
    not_found_code: the code of "No cluster found", where the operation declares it: the service uses either.
    """

    delay: float = 0.0
    delays: Mapping[str, float] = field(default_factory=dict)
    latency: float = 0.0
    consistency: float = 0.0
    iam_propagation: float = 0.0
    strict_references: bool = False
    iam_text: str = ""
    quotas: Mapping[str, int] = field(default_factory=dict)
    requests_per_second: float = 0.0
    page: int = 0
    not_found_code: str = "ResourceNotFoundException"

    def delay_of(self, kind: str) -> float:
        return self.delays.get(kind, self.delay)

    def changed(self, values: Mapping[str, Any]) -> Settings:
        """Return these settings with the given ones changed; ValueError names a setting that does not exist."""
        unknown = (
            set(values) - {each.name for each in fields(self)} | set(values.get("delays", {})) - set(KINDS) | set(values.get("quotas", {})) - QUOTAS.keys()
        )
        unknown |= {values[name] for name, known in CHOICES.items() if name in values and values[name] not in known}
        if unknown:
            raise ValueError(f"no such setting: {', '.join(sorted(unknown))}")
        if values.get("page", 0) not in range(MOST_ROWS + 1):
            raise ValueError(f"page is a number of rows up to {MOST_ROWS}")
        return replace(self, **values)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
