"""EKS: one file per noun; importing this package fills the table of operations."""

from sandbox.aws.eks import (
    access_entry,
    addon,
    addon_catalogue,
    anywhere,
    capability,
    certificate_authority,
    cluster,
    cluster_config,
    cluster_version,
    connector,
    fargate,
    identity_provider,
    insight,
    nodegroup,
    pod_identity,
    tags,
    updates,
    versions,
)
from sandbox.aws.eks.registry import OPERATIONS

NOUNS = (
    access_entry,
    addon,
    addon_catalogue,
    anywhere,
    capability,
    certificate_authority,
    cluster,
    cluster_config,
    cluster_version,
    connector,
    fargate,
    identity_provider,
    insight,
    nodegroup,
    pod_identity,
    tags,
    updates,
    versions,
)

__all__ = ["NOUNS", "OPERATIONS"]
