# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How objects are named in paths. Pure; the table spares a discovery call for the kinds that every cluster serves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Reference:
    """Which object: the natural key of everything in Kubernetes. `namespace` is empty for what has none."""

    api_version: str
    kind: str
    name: str
    namespace: str = ""

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> Reference:
        metadata = manifest.get("metadata") or {}
        return cls(str(manifest["apiVersion"]), str(manifest["kind"]), str(metadata["name"]), str(metadata.get("namespace") or ""))

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


@dataclass(frozen=True)
class Kind:
    """How an API serves a kind."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool

    def collection(self, namespace: str | None = None) -> str:
        """Return the path of all objects, of one namespace where given."""
        below = f"/namespaces/{namespace}" if namespace and self.namespaced else ""
        return f"{group_path(self.api_version)}{below}/{self.plural}"

    def path(self, reference: Reference) -> str:
        return f"{self.collection(reference.namespace or 'default')}/{reference.name}"


def group_path(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


_SERVED = {
    (
        "v1",
        True,
    ): "ConfigMap Endpoints Event LimitRange PersistentVolumeClaim Pod PodTemplate ReplicationController ResourceQuota Secret Service ServiceAccount",
    ("v1", False): "Namespace Node PersistentVolume",
    ("apps/v1", True): "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet",
    ("batch/v1", True): "CronJob Job",
    ("autoscaling/v2", True): "HorizontalPodAutoscaler",
    ("networking.k8s.io/v1", True): "Ingress NetworkPolicy",
    ("networking.k8s.io/v1", False): "IngressClass",
    ("policy/v1", True): "PodDisruptionBudget",
    ("rbac.authorization.k8s.io/v1", True): "Role RoleBinding",
    ("rbac.authorization.k8s.io/v1", False): "ClusterRole ClusterRoleBinding",
    ("storage.k8s.io/v1", False): "CSIDriver CSINode StorageClass VolumeAttachment",
    ("scheduling.k8s.io/v1", False): "PriorityClass",
    ("coordination.k8s.io/v1", True): "Lease",
    ("apiextensions.k8s.io/v1", False): "CustomResourceDefinition",
    ("admissionregistration.k8s.io/v1", False): "MutatingWebhookConfiguration ValidatingWebhookConfiguration",
    ("apiregistration.k8s.io/v1", False): "APIService",
}


def _plural(kind: str) -> str:
    lower = kind.lower()
    if lower == "endpoints":
        return lower
    if lower.endswith("y"):
        return lower[:-1] + "ies"
    return lower + ("es" if lower.endswith("s") else "s")


COMMON: dict[tuple[str, str], Kind] = {
    (version, kind): Kind(version, kind, _plural(kind), namespaced) for (version, namespaced), kinds in _SERVED.items() for kind in kinds.split()
}
