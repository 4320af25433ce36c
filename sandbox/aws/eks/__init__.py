"""EKS: one file per noun; importing this package fills the table of operations."""

from sandbox.aws.eks import (
    access_entry,
    addon,
    addon_catalogue,
    cluster,
    cluster_config,
    cluster_version,
    insight,
    nodegroup,
    pod_identity,
    tags,
    updates,
    versions,
)
from sandbox.aws.eks.registry import OPERATIONS

__all__ = [
    "OPERATIONS",
    "access_entry",
    "addon",
    "addon_catalogue",
    "cluster",
    "cluster_config",
    "cluster_version",
    "insight",
    "nodegroup",
    "pod_identity",
    "tags",
    "updates",
    "versions",
]
