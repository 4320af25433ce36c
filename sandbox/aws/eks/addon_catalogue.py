"""The add-on catalogue: names, versions by Kubernetes version, configuration schemas, pod identity."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jsonschema
import yaml

from sandbox.aws.context import Context
from sandbox.aws.eks import versions
from sandbox.aws.eks.base import invalid, not_found, page
from sandbox.aws.eks.registry import Answer, Params, operation

Schema = dict[str, Any]


@dataclass(frozen=True)
class Release:
    """One version of an add-on, and the minors it runs on."""

    version: str
    first: int
    last: int


@dataclass(frozen=True)
class Addon:
    """One add-on. `default` is how many releases behind the newest the default one is; `replicas` says whether it needs nodes.

    `accounts` are (service account, recommended managed policy); `identity` whether it takes podIdentityAssociations.
    """

    name: str
    kind: str
    releases: tuple[Release, ...]
    owner: str = "aws"
    publisher: str = "eks"
    namespace: str = "kube-system"
    accounts: tuple[tuple[str, str], ...] = ()
    identity: bool = True
    default: int = 1
    replicas: bool = False
    hybrid: bool = True


def _all(*found: str) -> tuple[Release, ...]:
    return tuple(Release(version, 29, 36) for version in found)


def _by_minor(*builds: str) -> tuple[Release, ...]:
    """Return releases that carry the minor's own number: builds are templates with {minor}."""
    return tuple(Release(build.format(minor=minor), minor, minor) for minor in range(36, 28, -1) for build in builds)


def _coredns() -> tuple[Release, ...]:
    spans = (("v1.13.2-eksbuild.4", 34, 36), ("v1.13.2-eksbuild.1", 34, 36), ("v1.12.4-eksbuild.1", 32, 36), ("v1.12.3-eksbuild.1", 32, 35))
    older = (("v1.11.4-eksbuild.24", 29, 34), ("v1.11.4-eksbuild.2", 29, 33), ("v1.11.3-eksbuild.1", 29, 31))
    return tuple(Release(*span) for span in spans + older)


_POLICY = "arn:aws:iam::aws:policy/"
CATALOGUE = (
    Addon(
        "vpc-cni",
        "networking",
        _all("v1.21.1-eksbuild.3", "v1.20.4-eksbuild.2", "v1.19.6-eksbuild.7", "v1.19.0-eksbuild.1", "v1.18.6-eksbuild.1"),
        accounts=(("aws-node", _POLICY + "AmazonEKS_CNI_Policy"),),
        hybrid=False,
    ),
    Addon("coredns", "networking", _coredns(), replicas=True),
    Addon("kube-proxy", "networking", _by_minor("v1.{minor}.3-eksbuild.5", "v1.{minor}.3-eksbuild.2", "v1.{minor}.0-eksbuild.2")),
    Addon("eks-pod-identity-agent", "security", _all("v1.3.10-eksbuild.2", "v1.3.9-eksbuild.3", "v1.3.4-eksbuild.1", "v1.3.2-eksbuild.2")),
    Addon(
        "aws-ebs-csi-driver",
        "storage",
        _all("v1.54.0-eksbuild.1", "v1.53.0-eksbuild.1", "v1.48.0-eksbuild.2", "v1.40.1-eksbuild.1"),
        accounts=(("ebs-csi-controller-sa", _POLICY + "service-role/AmazonEBSCSIDriverPolicy"),),
        replicas=True,
        hybrid=False,
    ),
    Addon(
        "aws-efs-csi-driver",
        "storage",
        _all("v2.1.15-eksbuild.1", "v2.1.13-eksbuild.1", "v2.1.4-eksbuild.1"),
        accounts=(
            ("efs-csi-controller-sa", _POLICY + "service-role/AmazonEFSCSIDriverPolicy"),
            ("efs-csi-node-sa", _POLICY + "service-role/AmazonEFSCSIDriverPolicy"),
        ),
        replicas=True,
        hybrid=False,
    ),
    Addon(
        "aws-fsx-csi-driver",
        "storage",
        _all("v1.8.0-eksbuild.1", "v1.7.0-eksbuild.1"),
        accounts=(("fsx-csi-controller-sa", _POLICY + "AmazonFSxFullAccess"),),
        replicas=True,
    ),
    Addon(
        "aws-mountpoint-s3-csi-driver",
        "storage",
        _all("v2.2.2-eksbuild.1", "v2.1.0-eksbuild.1"),
        namespace="kube-system",
        accounts=(("s3-csi-driver-sa", _POLICY + "AmazonS3FullAccess"),),
        hybrid=False,
    ),
    Addon("snapshot-controller", "storage", _all("v8.4.0-eksbuild.1", "v8.3.0-eksbuild.1", "v8.1.0-eksbuild.1"), replicas=True),
    Addon("eks-node-monitoring-agent", "observability", _all("v1.5.1-eksbuild.1", "v1.4.2-eksbuild.1", "v1.2.0-eksbuild.1")),
    Addon(
        "amazon-cloudwatch-observability",
        "observability",
        _all("v4.8.0-eksbuild.1", "v4.6.0-eksbuild.1", "v2.2.1-eksbuild.1"),
        namespace="amazon-cloudwatch",
        accounts=(("cloudwatch-agent", _POLICY + "CloudWatchAgentServerPolicy"),),
    ),
    Addon(
        "adot",
        "observability",
        _all("v0.141.0-eksbuild.1", "v0.131.0-eksbuild.1", "v0.102.1-eksbuild.2"),
        namespace="opentelemetry-operator-system",
        accounts=(("adot-col-prom-metrics", _POLICY + "AmazonPrometheusRemoteWriteAccess"),),
        replicas=True,
    ),
    Addon(
        "aws-network-flow-monitoring-agent",
        "observability",
        _all("v1.1.2-eksbuild.1", "v1.1.0-eksbuild.1"),
        namespace="amazon-network-flow-monitor",
        accounts=(("aws-network-flow-monitor-agent-service-account", _POLICY + "CloudWatchNetworkFlowMonitorAgentPublishPolicy"),),
    ),
    Addon("aws-guardduty-agent", "security", _all("v1.12.1-eksbuild.2", "v1.11.0-eksbuild.4"), namespace="amazon-guardduty"),
    Addon(
        "aws-privateca-connector-for-kubernetes",
        "security",
        _all("v1.7.0-eksbuild.1", "v1.6.0-eksbuild.1"),
        namespace="aws-privateca-issuer",
        accounts=(("aws-privateca-issuer", _POLICY + "AWSPrivateCAConnectorForKubernetesPolicy"),),
        replicas=True,
    ),
    Addon("aws-secrets-store-csi-driver-provider", "security", _all("v2.1.1-eksbuild.1", "v2.0.0-eksbuild.1"), namespace="aws-secrets-manager"),
    Addon("metrics-server", "observability", _all("v0.8.0-eksbuild.6", "v0.8.0-eksbuild.1", "v0.7.2-eksbuild.4"), owner="community", replicas=True),
    Addon(
        "kube-state-metrics",
        "observability",
        _all("v2.17.0-eksbuild.4", "v2.15.0-eksbuild.4"),
        owner="community",
        namespace="kube-state-metrics",
        replicas=True,
    ),
    Addon(
        "prometheus-node-exporter", "observability", _all("v1.10.2-eksbuild.4", "v1.9.1-eksbuild.2"), owner="community", namespace="prometheus-node-exporter"
    ),
    Addon(
        "cert-manager",
        "security",
        _all("v1.19.1-eksbuild.1", "v1.18.2-eksbuild.2", "v1.17.2-eksbuild.1"),
        owner="community",
        namespace="cert-manager",
        identity=False,
        replicas=True,
    ),
    Addon(
        "external-dns",
        "networking",
        _all("v0.20.0-eksbuild.1", "v0.19.0-eksbuild.2", "v0.18.0-eksbuild.1"),
        owner="community",
        namespace="external-dns",
        accounts=(("external-dns", _POLICY + "AmazonRoute53FullAccess"),),
        replicas=True,
    ),
    Addon(
        "fluent-bit",
        "observability",
        _all("v4.2.0-eksbuild.1", "v4.1.0-eksbuild.1"),
        owner="community",
        namespace="fluent-bit",
        accounts=(("fluent-bit", _POLICY + "CloudWatchAgentServerPolicy"),),
    ),
)
BY_NAME = {addon.name: addon for addon in CATALOGUE}

_RESOURCES: Schema = {
    "type": "object",
    "additionalProperties": False,
    "properties": {name: {"type": "object", "additionalProperties": {"type": ["string", "number"]}} for name in ("limits", "requests")},
}
_PLACEMENT: Schema = {
    "affinity": {"type": ["object", "null"]},
    "nodeSelector": {"type": "object", "additionalProperties": {"type": "string"}},
    "podAnnotations": {"type": "object", "additionalProperties": {"type": "string"}},
    "podLabels": {"type": "object", "additionalProperties": {"type": "string"}},
    "tolerations": {"type": "array", "items": {"type": "object"}},
    "resources": _RESOURCES,
}
_DAEMON_SETS: Schema = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        name: {"type": "object", "additionalProperties": False, "properties": {"create": {"type": "boolean"}}}
        for name in ("cloud", "hybrid", "hybrid-bottlerocket")
    },
}
_OWN: dict[str, Schema] = {
    "coredns": {
        "replicaCount": {"type": "integer", "minimum": 0},
        "corefile": {"type": "string"},
        "computeType": {"type": "string"},
        "autoScaling": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"enabled": {"type": "boolean"}, "minReplicas": {"type": "integer"}, "maxReplicas": {"type": "integer"}},
        },
        "podDisruptionBudget": {"type": "object"},
        "topologySpreadConstraints": {"type": "array"},
    },
    "vpc-cni": {
        "env": {"type": "object", "additionalProperties": {"type": "string"}},
        "init": {"type": "object"},
        "enableNetworkPolicy": {"type": ["string", "boolean"]},
        "enableWindowsIpam": {"type": ["string", "boolean"]},
        "eniConfig": {"type": "object"},
        "livenessProbeTimeoutSeconds": {"type": "integer"},
        "nodeAgent": {"type": "object"},
    },
    "kube-proxy": {"mode": {"type": "string", "enum": ["iptables", "ipvs", "nftables"]}, "ipvs": {"type": "object"}, "replicaCount": {"type": "integer"}},
    "eks-pod-identity-agent": {"daemonsets": _DAEMON_SETS, "agent": {"type": "object"}, "priorityClassName": {"type": "string"}},
    "aws-ebs-csi-driver": {
        "controller": {"type": "object"},
        "node": {"type": "object"},
        "defaultStorageClass": {"type": "object"},
        "sidecars": {"type": "object"},
    },
    "metrics-server": {
        "replicas": {"type": "integer", "minimum": 1},
        "args": {"type": "array", "items": {"type": "string"}},
        "addonResizer": {"type": "object"},
    },
    "amazon-cloudwatch-observability": {"agent": {"type": "object"}, "containerLogs": {"type": "object"}, "manager": {"type": "object"}},
    "cert-manager": {"replicaCount": {"type": "integer"}, "webhook": {"type": "object"}, "cainjector": {"type": "object"}, "extraArgs": {"type": "array"}},
    "external-dns": {
        "domainFilters": {"type": "array", "items": {"type": "string"}},
        "policy": {"type": "string", "enum": ["sync", "upsert-only"]},
        "txtOwnerId": {"type": "string"},
        "txtPrefix": {"type": "string"},
        "registry": {"type": "string"},
        "sources": {"type": "array", "items": {"type": "string"}},
        "interval": {"type": "string"},
        "extraArgs": {"type": ["array", "object"]},
        "provider": {"type": ["string", "object"]},
    },
}


def schema_of(addon: Addon) -> Schema:
    """Return the JSON schema of the add-on's configuration values."""
    properties = {**_PLACEMENT, **_OWN.get(addon.name, {"replicaCount": {"type": "integer"}, "controller": {"type": "object"}, "node": {"type": "object"}})}
    return {
        "$schema": "http://json-schema.org/draft-06/schema#",
        "title": addon.name,
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
    }


def check_values(addon: Addon, text: str) -> None:
    """Hold configuration values, JSON or YAML, to the add-on's schema."""
    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise invalid("ConfigurationValue is not in valid JSON or YAML format", addonName=addon.name) from error
    problem = next(iter(sorted(jsonschema.Draft6Validator(schema_of(addon)).iter_errors(values or {}), key=str)), None)
    if problem is not None:
        path = "".join(f".{part}" for part in problem.absolute_path)
        raise invalid(
            f"ConfigurationValue provided in request is not supported: Json schema validation failed with error: [${path}: {problem.message}]",
            addonName=addon.name,
        )


def addon_named(name: str) -> Addon:
    if name not in BY_NAME:
        raise invalid(f"Addon {name} specified is not supported", addonName=name)
    return BY_NAME[name]


def releases_for(addon: Addon, minor: str) -> list[Release]:
    """Return the releases for that Kubernetes version, the newest first."""
    wanted = versions.number(minor)
    return [release for release in addon.releases if release.first <= wanted <= release.last]


def default_for(addon: Addon, minor: str) -> str | None:
    found = releases_for(addon, minor)
    return found[min(addon.default, len(found) - 1)].version if found else None


@operation
def describe_addon_versions(ctx: Context, params: Params) -> Answer:
    minor = params.get("kubernetesVersion")
    if minor is not None and minor not in versions.BY_MINOR:
        raise invalid(f"Kubernetes version {minor} is not supported")
    if params.get("addonName") and params["addonName"] not in BY_NAME:
        raise not_found(f"Addon {params['addonName']} not found", addonName=params["addonName"])
    return page(params, "addons", _wanted(params, minor))


def _wanted(params: Params, minor: str | None) -> Iterator[dict[str, Any]]:
    filters = (("types", "kind"), ("publishers", "publisher"), ("owners", "owner"))
    for addon in CATALOGUE:
        fits = all(params.get(key) is None or getattr(addon, attribute) in params[key] for key, attribute in filters)
        if fits and params.get("addonName") in (None, addon.name):
            yield _info(addon, [minor] if minor else list(versions.BY_MINOR))


def _info(addon: Addon, minors: list[str]) -> dict[str, Any]:
    rows = []
    for release in addon.releases:
        fits = [minor for minor in minors if release.first <= versions.number(minor) <= release.last]
        if fits:
            rows.append(_release_row(addon, release, fits))
    return {
        "addonName": addon.name,
        "type": addon.kind,
        "addonVersions": rows,
        "publisher": addon.publisher,
        "owner": addon.owner,
        "defaultNamespace": addon.namespace,
    }


def _release_row(addon: Addon, release: Release, minors: list[str]) -> dict[str, Any]:
    compatible = [{"clusterVersion": minor, "platformVersions": ["*"], "defaultVersion": default_for(addon, minor) == release.version} for minor in minors]
    return {
        "addonVersion": release.version,
        "architecture": ["amd64", "arm64"],
        "computeTypes": ["ec2", "auto", *(["hybrid"] if addon.hybrid else []), *(["fargate"] if addon.name == "coredns" else [])],
        "compatibilities": compatible,
        "requiresConfiguration": False,
        "requiresIamPermissions": bool(addon.accounts),
    }


def identities(addon: Addon) -> tuple[tuple[str, str], ...]:
    """Return what an add-on takes associations for: (service account, recommended managed policy)."""
    return addon.accounts if addon.identity else ()


@operation
def describe_addon_configuration(ctx: Context, params: Params) -> Answer:
    addon = BY_NAME.get(params["addonName"])
    if addon is None or params["addonVersion"] not in {release.version for release in addon.releases}:
        raise not_found(f"Addon {params['addonName']} version {params['addonVersion']} not found", addonName=params["addonName"])
    identity = [{"serviceAccount": account, "recommendedManagedPolicies": [policy]} for account, policy in identities(addon)]
    return {
        "addonName": addon.name,
        "addonVersion": params["addonVersion"],
        "configurationSchema": json.dumps(schema_of(addon)),
        "podIdentityConfiguration": identity,
    }
