"""What happens to an Argo CD and the fleet registered at it, from beginning to end, on one kind of Kubernetes API.

Told once for each kind; the tests read it. In every chapter something is committed to Git, and the story notes what each spoke has of it.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.argocd import identity, install, running
from sandbox.argocd.api import Api, Object
from sandbox.state import write_private
from tests.conformance.argocd import spokes
from tests.conformance.argocd.spokes import HUB, Spoke
from tests.fleet.conftest import Fleet

SECONDS = 120.0
REVOKED_SECONDS = 15.0
POLL_SECONDS = 0.25
APPLICATION = "argoproj.io/v1alpha1"
PATH = "app"
ARRIVES = ("registered", "role rotated", "token registered", "token rotated", "registered again")
DEREGISTERED = "deregistered"
TAKEN_DOWN = "deregistered with what was deployed"


@dataclass(frozen=True)
class Sight:
    """What a spoke has of a commit: the value in its ConfigMap (None: no ConfigMap), and what its Application says (None: no Application)."""

    value: str | None
    sync: str | None = None
    health: str = ""
    revision: str = ""
    conditions: tuple[str, ...] = ()


@dataclass
class Story:
    """What was seen. chapters: chapter -> spoke -> sight. commits: chapter -> commit. assumed: ARNs of roles that Argo CD's own program assumed.
    ended: spoke -> whether its API refuses the token that was replaced. reported: Applications of which Argo CD wrote Events. logs: process -> its output."""

    chapters: dict[str, dict[str, Sight]] = field(default_factory=dict)
    commits: dict[str, str] = field(default_factory=dict)
    assumed: set[str] = field(default_factory=set)
    ended: dict[str, bool] = field(default_factory=dict)
    reported: set[str] = field(default_factory=set)
    logs: dict[str, str] = field(default_factory=dict)


class Teller:
    """The fleet, its hub, and the Argo CD that works there."""

    def __init__(self, clusters: list[Spoke], argo: running.Running, story: Story) -> None:
        self.clusters = clusters
        self.hub = hub_of(clusters)
        self.argo = argo
        self.story = story
        self.apis = {spoke.name: spoke.api() for spoke in clusters}

    def tell(self) -> None:
        """All chapters, in order: each needs the one before it."""
        for name, change in zip(ARRIVES, (self.registered_by_site, self.rotate_roles, self.register_tokens, self.rotate_tokens), strict=False):
            self.chapter(name, change, self.has_arrived)
        self.chapter(DEREGISTERED, self.deregister, lambda _, sight: bool(sight.conditions))
        self.chapter(ARRIVES[-1], self.register_again, self.has_arrived)
        self.take_down()
        events = self.apis[self.hub.name].list("v1", "Event", install.NAMESPACE)
        self.story.reported = {each["involvedObject"]["name"] for each in events if each["involvedObject"]["kind"] == "Application"}

    def chapter(self, name: str, change: Callable[[], None], done: Callable[[str, Sight], bool]) -> None:
        """Change the registrations, commit, and see what every spoke has once Argo CD is done."""
        change()
        self.story.commits[name] = self.argo.repository.commit({f"{PATH}/configmap.yaml": spokes.manifest(name)}, name)
        self.declare()
        self.story.chapters[name] = self.await_all(lambda sight: done(name, sight))

    def has_arrived(self, name: str, sight: Sight) -> bool:
        return (sight.value, sight.sync, sight.health, sight.revision) == (name, "Synced", "Healthy", self.story.commits[name])

    # What changes

    def registered_by_site(self) -> None:
        """Change nothing: site.yml has registered every cluster, with the role that it made there."""

    def rotate_roles(self) -> None:
        for spoke in self.clusters:
            spokes.rotate_role(self.hub, spoke)

    def register_tokens(self) -> None:
        for spoke in self.clusters:
            spokes.register(self.hub, spoke, bearer_token=spokes.issue_token(spoke, 1))
            spokes.shut_out(spoke, spoke.role("-next"))

    def rotate_tokens(self) -> None:
        for spoke in self.clusters:
            another = spokes.issue_token(spoke, 1)
            spokes.register(self.hub, spoke, bearer_token=spokes.issue_token(spoke, 2))
            spokes.revoke_tokens(spoke, 1)
            self.story.ended[spoke.name] = refuses(spoke, another)

    def deregister(self) -> None:
        for spoke in self.clusters:
            spokes.deregister(self.hub, spoke, "orphan")

    def register_again(self) -> None:
        """Look once more at what was deregistered, then register it."""
        self.story.chapters[DEREGISTERED] = self.look()
        for spoke in self.clusters:
            spokes.register(self.hub, spoke, bearer_token=spokes.issue_token(spoke, 3))

    def take_down(self) -> None:
        for spoke in self.clusters:
            spokes.deregister(self.hub, spoke, "delete")
        self.story.chapters[TAKEN_DOWN] = self.look()

    # What Argo CD is told, and what is seen

    def declare(self) -> None:
        """Have an Application for every spoke, and have it look at Git now."""
        for spoke in self.clusters:
            made = self.apis[self.hub.name].apply(application(spoke, self.argo.repository_url))
            self.apis[self.hub.name].merge(made, {"metadata": {"annotations": {"argocd.argoproj.io/refresh": "hard"}}})

    def await_all(self, done: Callable[[Sight], bool]) -> dict[str, Sight]:
        """Return what every spoke has, once all of them are done, or when the time is over."""
        deadline = time.monotonic() + SECONDS
        while True:
            seen = self.look()
            if all(map(done, seen.values())) or time.monotonic() > deadline:
                return seen
            time.sleep(POLL_SECONDS)

    def look(self) -> dict[str, Sight]:
        applications = {each["metadata"]["name"]: each for each in self.apis[self.hub.name].list(APPLICATION, "Application", install.NAMESPACE)}
        return {name: sight(api.get("v1", "ConfigMap", "from-git", "default"), applications.get(name)) for name, api in self.apis.items()}


def sight(config_map: Object | None, made: Object | None) -> Sight:
    value = config_map["data"]["value"] if config_map else None
    if made is None:
        return Sight(value)
    status = made.get("status") or {}
    sync = status.get("sync") or {}
    conditions = tuple(f"{each['type']}: {each['message']}" for each in status.get("conditions") or [])
    return Sight(value, sync.get("status", ""), (status.get("health") or {}).get("status", ""), sync.get("revision", ""), conditions)


def refuses(spoke: Spoke, token: str) -> bool:
    """Tell whether the API comes to refuse a token; one that it has just taken it may take for some seconds more."""
    deadline = time.monotonic() + REVOKED_SECONDS
    while spoke.accepts(token):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def application(spoke: Spoke, repository: str) -> Object:
    spec = {
        "project": "default",
        "destination": {"server": spoke.endpoint, "namespace": "default"},
        "source": {"repoURL": repository, "path": PATH, "targetRevision": "HEAD"},
        "syncPolicy": {"automated": {"prune": True, "selfHeal": True}},
    }
    return {"apiVersion": APPLICATION, "kind": "Application", "metadata": {"name": spoke.name, "namespace": install.NAMESPACE}, "spec": spec}


def hub_of(clusters: list[Spoke]) -> Spoke:
    return next(spoke for spoke in clusters if spoke.name == HUB)


def tell(fleet: Fleet, clusters: list[Spoke], binaries: running.Binaries) -> Story:
    """Run Argo CD on the hub of a converged fleet, and tell what happens."""
    story = Story()
    directory = Path(tempfile.mkdtemp(prefix="argocd-"))
    try:
        with _argocd(directory, fleet, hub_of(clusters), binaries) as argo:
            Teller(clusters, argo, story).tell()
    finally:
        story.logs = {file.stem: file.read_text(encoding="utf-8", errors="replace") for file in (directory / "logs").glob("*.log")}
        shutil.rmtree(directory)
    requests = fleet.control("GET", "log?service=sts")["requests"]
    story.assumed = {each["resource"] for each in requests if each["operation"] == "AssumeRole" and each["user_agent"].startswith("aws-sdk-go/")}
    return story


@contextmanager
def _argocd(directory: Path, fleet: Fleet, hub: Spoke, binaries: running.Binaries) -> Iterator[running.Running]:
    """Run Argo CD as EKS would run its pods: with their service account's token, and the role that it is associated with."""
    api: Api = hub.api()
    install.install(api)
    install.write_kubeconfig(directory / "kubeconfig", api)
    token = directory / "pod-token"
    write_private(token, api.token_for(install.NAMESPACE, install.CONTROLLER, audience=identity.AUDIENCE))
    pods = identity.PodIdentity(hub.name, hub.client("eks"), hub.client("sts"))
    with (
        identity.doors(directory / "doors", pods, fleet.state["aws"]["url"], hub.region, token) as environment,
        running.run(directory, binaries, directory / "kubeconfig", environment) as argo,
    ):
        yield argo
