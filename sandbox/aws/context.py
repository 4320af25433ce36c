"""What an operation is given: the world, and whose call it is."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sandbox.aws.principals import Identity
from sandbox.aws.request import Call
from sandbox.aws.store import Body, Store
from sandbox.aws.world import Region, World

Params = dict[str, Any]


@dataclass(frozen=True)
class Context:
    """One call under way."""

    world: World
    call: Call

    @property
    def now(self) -> float:
        return self.world.clock.now()

    @property
    def region(self) -> Region:
        return self.world.region(self.call.account, self.call.region)

    @property
    def clusters(self) -> Store:
        return self.region.clusters

    @property
    def caller(self) -> Identity:
        return self.world.principals.identity(self.call.access_key)

    def nouns(self, cluster: str, kind: str) -> Store:
        return self.region.nouns_of(cluster, kind)

    def arn(self, resource: str, service: str = "eks") -> str:
        return f"arn:aws:{service}:{self.call.region}:{self.call.account}:{resource}"

    def index(self, store: Store, key: Any, arn: str) -> None:
        """Make the resource known to the tagging operations."""
        self.region.arns[arn] = (store, key)


def new_id() -> str:
    return str(uuid.uuid4())


def without(body: Body, *names: str) -> Body:
    return {key: value for key, value in body.items() if key not in names}
