"""Faults by rule: throttling, server errors, latency, lost answers."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from sandbox.aws.request import Call


@dataclass
class Rule:
    """What happens to the requests it matches. `times` is how often it may still happen; null means always.

    A rule with only latency or lost_answer lets the operation take place.
    """

    match: str = ".*"
    resource: str | None = None
    account: str | None = None
    region: str | None = None
    probability: float = 1.0
    times: int | None = None
    code: str | None = None
    status: int | None = None
    message: str | None = None
    latency: float = 0.0
    lost_answer: bool = False

    def fits(self, call: Call) -> bool:
        return (
            re.fullmatch(self.match, f"{call.service}:{call.operation}") is not None
            and self.account in (None, call.account)
            and self.region in (None, call.region)
            and (self.resource is None or any(re.fullmatch(self.resource, name) for name in call.names))
        )


class Faults:
    """The rules of now; the first that fits a request, and whose dice fall, is the one that happens."""

    def __init__(self) -> None:
        self.replace({})

    def replace(self, document: Mapping[str, Any]) -> None:
        """Take new rules; ValueError or re.error when one cannot be read."""
        rules = [_rule(each) for each in document.get("rules", ())]
        self._seed = document.get("seed", 0)
        self._dice = random.Random(self._seed)
        self._rules = rules

    def as_json(self) -> dict[str, Any]:
        return {"seed": self._seed, "rules": [asdict(rule) for rule in self._rules]}

    def pick(self, call: Call) -> Rule | None:
        for rule in self._rules:
            if rule.times != 0 and rule.fits(call) and self._dice.random() < rule.probability:
                rule.times = None if rule.times is None else rule.times - 1
                return rule
        return None


def _rule(document: Mapping[str, Any]) -> Rule:
    unknown = set(document) - {each.name for each in fields(Rule)}
    if unknown:
        raise ValueError(f"a fault rule has no {', '.join(sorted(unknown))}")
    rule = Rule(**document)
    re.compile(rule.match)
    re.compile(rule.resource or "")
    return rule


def status_of(rule: Rule) -> int:
    """Return the HTTP status of the answer that a rule with a code gives."""
    return rule.status or _STATUSES.get(rule.code or "", 400)


_STATUSES: Mapping[str, int] = {
    "ThrottlingException": 429,
    "TooManyRequestsException": 429,
    "ServerException": 500,
    "InternalFailure": 500,
    "InternalServerError": 500,
    "ServiceUnavailableException": 503,
    "ServiceUnavailable": 503,
    "AccessDenied": 403,
    "AccessDeniedException": 403,
    "ResourceInUseException": 409,
    "ResourceNotFoundException": 404,
}
