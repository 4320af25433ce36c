"""A garbage collector of a few lines, for real API servers: alone they collect nothing, and Argo CD deletes in the foreground, waiting for one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.argocd.api import Api, ApiRefused

SECONDS = 0.5
FOREGROUND = "foregroundDeletion"


@contextmanager
def collecting(apis: list[Api]) -> Iterator[None]:
    """Until the block ends, finish deletions of ConfigMaps in namespace default: what the tests have there has no dependents."""
    ended = threading.Event()
    collector = threading.Thread(target=_collect, args=(apis, ended), daemon=True)
    collector.start()
    try:
        yield
    finally:
        ended.set()
        collector.join()


def _collect(apis: list[Api], ended: threading.Event) -> None:
    while not ended.wait(SECONDS):
        for api in apis:
            for each in api.list("v1", "ConfigMap", "default"):
                if FOREGROUND in each["metadata"].get("finalizers", []):
                    _finish(api, each["metadata"]["name"])


def _finish(api: Api, name: str) -> None:
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}}
    try:
        api.merge(manifest, {"metadata": {"finalizers": None}})
    except ApiRefused as refusal:
        if refusal.code != 404:
            raise
