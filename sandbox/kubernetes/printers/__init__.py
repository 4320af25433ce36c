"""The columns of the built-in kinds' tables, as `kubectl get` shows them, one file a theme."""

from __future__ import annotations

from sandbox.kubernetes.printers import access, cluster, core, network, storage, workloads
from sandbox.kubernetes.printers.cells import Column

TABLES: dict[tuple[str, str], tuple[Column, ...]] = {
    **core.TABLES,
    **workloads.TABLES,
    **network.TABLES,
    **storage.TABLES,
    **access.TABLES,
    **cluster.TABLES,
}
