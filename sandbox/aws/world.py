"""Everything the simulator holds, and the one lock over it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from sandbox.aws.clock import Clock, Schedule
from sandbox.aws.faults import Faults
from sandbox.aws.kubernetes import Kubernetes
from sandbox.aws.principals import Principals
from sandbox.aws.requestlog import RequestLog
from sandbox.aws.settings import Settings
from sandbox.aws.store import Body, Key, Store
from sandbox.aws.throttle import Throttle

Place = tuple[str, str]  # account, region


@dataclass
class Region:
    """What one account holds in one region. The nouns of a cluster live and die with it."""

    world: World
    clusters: Store
    subscriptions: Store
    activations: Store
    managed_instances: Store
    service_settings: Store
    nouns: dict[str, dict[str, Store]] = field(default_factory=dict)
    arns: dict[str, tuple[Store, Key]] = field(default_factory=dict)
    tokens: dict[tuple[str, str], tuple[Body, Body]] = field(default_factory=dict)

    def nouns_of(self, cluster: str, kind: str) -> Store:
        """Return the store of one kind of thing in one cluster."""
        return self.nouns.setdefault(cluster, {}).setdefault(kind, self.world.new_store())

    def forget_cluster(self, cluster: str) -> None:
        for store in self.nouns.pop(cluster, {}).values():
            for _, body in store.items():
                self.arns.pop(body.get("_arn", ""), None)
        self.arns.pop((self.clusters.get(cluster) or {}).get("arn", ""), None)
        self.clusters.remove(cluster)


class World:
    """One simulated AWS: accounts × regions, a clock, settings, faults and a log."""

    def __init__(self, settings: Settings, accounts: Mapping[str, str], kubernetes: Kubernetes | None = None) -> None:
        self.lock = threading.RLock()
        self.kubernetes = kubernetes
        self.clock = Clock()
        self.schedule = Schedule(self.clock)
        self.faults = Faults()
        self.throttle = Throttle()
        self.log = RequestLog()
        self.principals = Principals(accounts)
        self.settings = self._first_settings = settings
        self.regions: dict[Place, Region] = {}
        self.outcomes: list[Body] = []
        self.roles_since: dict[tuple[str, str], float] = {}
        self.addresses: set[tuple[str, int]] = set()  # where it listens
        self.misfits: list[str] = []  # answers that did not fit botocore's model; a reset does not forget them

    def is_own(self, netloc: str) -> bool:
        """Tell whether a host and port, as a URL names them, are where this simulator listens."""
        place = urlsplit(f"//{netloc}")
        try:
            named = ("127.0.0.1" if place.hostname == "localhost" else place.hostname or "", place.port or 80)
        except ValueError:
            return False
        return not {named, ("0.0.0.0", named[1]), ("::", named[1])}.isdisjoint(self.addresses)

    def misfit(self, text: str) -> None:
        """Say, here and on stderr, that an answer did not fit the service's model."""
        self.misfits.append(text)
        print(f"an answer does not fit the model: {text}", file=sys.stderr, flush=True)

    def new_store(self) -> Store:
        return Store(self.clock.now, lambda: self.settings.consistency)

    def region(self, account: str, name: str) -> Region:
        place = (account, name)
        if place not in self.regions:
            self.regions[place] = Region(self, self.new_store(), self.new_store(), self.new_store(), self.new_store(), self.new_store())
        return self.regions[place]

    def reset(self) -> None:
        """Back to the state after the start; the accounts table stays."""
        for (account, region), held in self.regions.items():
            for name, _ in held.clusters.items():
                self.push("delete_cluster", account, region, str(name))
        self.regions.clear()
        self.outcomes.clear()
        self.roles_since.clear()
        self.schedule.clear()
        self.principals.clear()
        self.faults.replace({})
        self.throttle.clear()
        self.log.clear()
        self.clock.offset = 0.0
        self.settings = self._first_settings

    def push(self, method: str, *args: Any) -> None:
        """Tell the Kubernetes API, where there is one; one that does not answer is said on stderr, and EKS goes on."""
        if self.kubernetes is not None:
            try:
                getattr(self.kubernetes, method)(*args)
            except OSError as error:
                print(f"the Kubernetes API was not told {method} {args[:3]}: {error}", file=sys.stderr, flush=True)

    def take_outcome(self, account: str, region: str, cluster: str, kind: str, names: tuple[str, ...]) -> Body | None:
        """Return and forget how the next transition of that resource is to end; None means well."""
        wanted = {"account": account, "region": region, "cluster": cluster, "kind": kind}
        for index, outcome in enumerate(self.outcomes):
            if all(outcome.get(key) in (None, value) for key, value in wanted.items()) and outcome.get("name") in (None, *names):
                return self.outcomes.pop(index)
        return None
