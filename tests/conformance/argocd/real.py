"""Real API servers beside a simulated fleet: one for each cluster, whose tokens the simulated EKS reviews.

An API server alone collects no garbage, and Argo CD deletes in the foreground: it waits for the garbage collector to take its finalizer away.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sandbox.argocd.api import Api
from sandbox.real.servers import ControlPlanes, Settings
from tests.conformance.argocd.spokes import POLICY, Place, Spoke

COLLECTOR_SECONDS = 0.5
FOREGROUND = "foregroundDeletion"


@contextmanager
def real(directory: Path, clusters: list[Spoke]) -> Iterator[list[Spoke]]:
    """Run the API servers until the block ends; yield the clusters with their API there."""
    with ControlPlanes(directory) as planes, _collecting([]) as collected:
        yield [_moved(spoke, planes, collected) for spoke in clusters]


def _moved(spoke: Spoke, planes: ControlPlanes, collected: list[Api]) -> Spoke:
    review = f"{spoke.url}/_sandbox/clusters/{spoke.account}/{spoke.region}/{spoke.name}/tokenreview"
    server = planes.start(spoke.name, Settings(webhook=review))
    place = Place(server.url, server.ca.read_text(encoding="utf-8"))
    administrator = Api(place.server, place.ca, server.admin_token)
    _let_administrators_in(administrator)
    collected.append(administrator)
    return replace(spoke, elsewhere=place)


def _let_administrators_in(api: Api) -> None:
    """Grant to the one access policy of this fleet what EKS grants to it; a TokenReview names it as a group."""
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}
    subjects = [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": f"eks:access-policy:{POLICY['policy']}"}]
    binding = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "eks-cluster-admins"}}
    api.apply({**binding, "roleRef": role, "subjects": subjects})


@contextmanager
def _collecting(apis: list[Api]) -> Iterator[list[Api]]:
    """Until the block ends, finish deletions in the foreground in namespace default: what is deleted there has no dependents."""
    ended = threading.Event()
    collector = threading.Thread(target=_collect, args=(apis, ended), daemon=True)
    collector.start()
    try:
        yield apis
    finally:
        ended.set()
        collector.join()


def _collect(apis: list[Api], ended: threading.Event) -> None:
    while not ended.wait(COLLECTOR_SECONDS):
        for api in list(apis):
            for each in api.list("v1", "ConfigMap", "default"):
                if FOREGROUND in each["metadata"].get("finalizers", []):
                    api.merge({"apiVersion": "v1", "kind": "ConfigMap", **each}, {"metadata": {"finalizers": None}})
