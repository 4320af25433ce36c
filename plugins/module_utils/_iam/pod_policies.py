# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies of well-known controllers by name, with the least they need. Pure: a declared role in, one with policies out.

AWS's own policies where AWS keeps one for the controller; documents held to the account, the region, the cluster's tags or the resources named otherwise.
Facts: each controller's installation guide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._iam import pod_load_balancers
from ansible_collections.fleetops.eks.plugins.module_utils._iam.pod_site import Site, Statement, allow, linked_role

Arns = Sequence[str]


@dataclass(frozen=True)
class Canned:
    """A policy by name: AWS's own, or statements about a site and the resources (of these services) that a role names."""

    managed: tuple[str, ...] = ()
    statements: Callable[[Site, Arns], list[Statement]] | None = None
    services: tuple[str, ...] = ()
    needs: str = ""
    """What `resources` must name: without it there would be no least."""


def _vpc_cni_ipv6(site: Site, _resources: Arns) -> list[Statement]:
    return [
        allow("LookAtInstances", "ec2", "DescribeInstances DescribeInstanceTypes DescribeNetworkInterfaces DescribeTags"),
        allow("GiveAddresses", "ec2", "AssignIpv6Addresses CreateTags", site.arns("ec2", "network-interface/*")),
    ]


def _fsx_lustre_csi(site: Site, _resources: Arns) -> list[Statement]:
    return [
        linked_role(site, "fsx.amazonaws.com"),
        allow("LookAtFileSystems", "fsx", "DescribeFileSystems"),
        allow("MakeFileSystems", "fsx", "CreateFileSystem UpdateFileSystem DeleteFileSystem TagResource", site.arns("fsx", "file-system/*")),
    ]


def _mountpoint_s3_csi(_site: Site, buckets: Arns) -> list[Statement]:
    return [
        allow("ListBuckets", "s3", "ListBucket", buckets),
        allow("UseObjects", "s3", "GetObject PutObject DeleteObject AbortMultipartUpload", [f"{bucket}/*" for bucket in buckets]),
    ]


def _external_dns(site: Site, zones: Arns) -> list[Statement]:
    return [
        allow("FindZones", "route53", "ListHostedZones"),
        allow("KeepRecords", "route53", "ChangeResourceRecordSets ListResourceRecordSets ListTagsForResources", zones or site.arns("route53", "hostedzone/*")),
    ]


def _cert_manager(site: Site, zones: Arns) -> list[Statement]:
    """DNS-01 challenges are TXT records, and no other kind is touched."""
    zones = zones or site.arns("route53", "hostedzone/*")
    return [
        allow("FindZones", "route53", "ListHostedZonesByName"),
        allow("WaitForChanges", "route53", "GetChange", site.arns("route53", "change/*")),
        allow("ReadRecords", "route53", "ListResourceRecordSets", zones),
        allow(
            "AnswerChallenges",
            "route53",
            "ChangeResourceRecordSets",
            zones,
            {"ForAllValues:StringEquals": {"route53:ChangeResourceRecordSetsRecordTypes": ["TXT"]}},
        ),
    ]


def _external_secrets(_site: Site, resources: Arns) -> list[Statement]:
    """Only stores that the role names are read; `Batch` needs the single call's right on each secret as well."""
    secrets, parameters, keys = (_of(resources, service) for service in ("secretsmanager", "ssm", "kms"))
    found = [
        (secrets, allow("FindSecrets", "secretsmanager", "ListSecrets BatchGetSecretValue")),
        (secrets, allow("ReadSecrets", "secretsmanager", "GetSecretValue DescribeSecret GetResourcePolicy ListSecretVersionIds", secrets)),
        (parameters, allow("FindParameters", "ssm", "DescribeParameters")),
        (parameters, allow("ReadParameters", "ssm", "GetParameter GetParameters GetParametersByPath", parameters)),
        (keys, allow("Decrypt", "kms", "Decrypt", keys)),
    ]
    return [statement for named, statement in found if named]


def _cluster_autoscaler(site: Site, _resources: Arns) -> list[Statement]:
    """EKS tags the Auto Scaling groups of managed node groups as the autoscaler's."""
    groups = site.arns("autoscaling", "autoScalingGroup:*:autoScalingGroupName/*")
    own = {"StringEquals": {f"aws:ResourceTag/k8s.io/cluster-autoscaler/{site.cluster}": "owned"}}
    reads = "DescribeAutoScalingGroups DescribeAutoScalingInstances DescribeLaunchConfigurations DescribeScalingActivities DescribeTags"
    return [
        allow("LookAtGroups", "autoscaling", reads),
        allow("LookAtMachines", "ec2", "DescribeImages DescribeInstanceTypes DescribeLaunchTemplateVersions GetInstanceTypesFromInstanceRequirements"),
        allow("LookAtNodeGroups", "eks", "DescribeNodegroup", site.arns("eks", f"nodegroup/{site.cluster}/*/*")),
        allow("ScaleItsGroups", "autoscaling", "SetDesiredCapacity TerminateInstanceInAutoScalingGroup", groups, own),
    ]


def _termination_handler(site: Site, queues: Arns) -> list[Statement]:
    groups = site.arns("autoscaling", "autoScalingGroup:*:autoScalingGroupName/*")
    return [
        allow("LookAtGroups", "autoscaling", "DescribeAutoScalingInstances DescribeTags"),
        allow("LookAtInstances", "ec2", "DescribeInstances"),
        allow("LetInstancesGo", "autoscaling", "CompleteLifecycleAction", groups),
        allow("ReadItsQueue", "sqs", "ReceiveMessage DeleteMessage", queues),
    ]


def _velero(site: Site, buckets: Arns) -> list[Statement]:
    volumes, snapshots = site.arns("ec2", "volume/*"), [f"arn:{site.partition}:ec2:{site.region}::snapshot/*"]
    return [
        allow("LookAtVolumes", "ec2", "DescribeVolumes DescribeSnapshots"),
        allow("SnapshotVolumes", "ec2", "CreateVolume CreateSnapshot CreateTags", [*volumes, *snapshots]),
        allow("ForgetSnapshots", "ec2", "DeleteSnapshot", snapshots),
        allow("ListBackups", "s3", "ListBucket", buckets),
        allow("KeepBackups", "s3", "GetObject PutObject DeleteObject AbortMultipartUpload ListMultipartUploadParts", [f"{bucket}/*" for bucket in buckets]),
    ]


def _privateca_issuer(_site: Site, authorities: Arns) -> list[Statement]:
    return [allow("IssueCertificates", "acm-pca", "DescribeCertificateAuthority GetCertificate IssueCertificate", authorities)]


def _prometheus(site: Site, workspaces: Arns) -> list[Statement]:
    actions = "RemoteWrite QueryMetrics GetSeries GetLabels GetMetricMetadata"
    return [allow("WriteAndQueryMetrics", "aps", actions, workspaces or site.arns("aps", "workspace/*"))]


POLICIES: Mapping[str, Canned] = {
    "vpc_cni": Canned(managed=("AmazonEKS_CNI_Policy",)),
    "vpc_cni_ipv6": Canned(statements=_vpc_cni_ipv6),
    "ebs_csi": Canned(managed=("AmazonEBSCSIDriverPolicy",)),
    "efs_csi": Canned(managed=("AmazonEFSCSIDriverPolicy",)),
    "fsx_lustre_csi": Canned(statements=_fsx_lustre_csi),
    "mountpoint_s3_csi": Canned(statements=_mountpoint_s3_csi, services=("s3",), needs="the ARNs of the buckets that are mounted"),
    "load_balancer_controller": Canned(statements=pod_load_balancers.controller),
    "load_balancer_targets": Canned(statements=pod_load_balancers.targets_only),
    "external_dns": Canned(statements=_external_dns, services=("route53",)),
    "cert_manager": Canned(statements=_cert_manager, services=("route53",)),
    "external_secrets": Canned(
        statements=_external_secrets, services=("secretsmanager", "ssm", "kms"), needs="the ARNs of secrets or parameters that are read"
    ),
    "cluster_autoscaler": Canned(statements=_cluster_autoscaler),
    "node_termination_handler": Canned(statements=_termination_handler, services=("sqs",), needs="the ARN of the handler's queue"),
    "velero": Canned(statements=_velero, services=("s3",), needs="the ARN of the bucket of the backups"),
    "privateca_issuer": Canned(statements=_privateca_issuer, services=("acm-pca",), needs="the ARNs of the private certificate authorities"),
    "prometheus": Canned(statements=_prometheus, services=("aps",)),
    "cloudwatch_observability": Canned(managed=("CloudWatchAgentServerPolicy", "AWSXrayWriteOnlyAccess")),
}


def pod_role(declared: Mapping[str, Any], site: Site) -> dict[str, Any]:
    """Return a role with its `policies` by name as policies of IAM, beside those that it has itself."""
    names, resources = declared.get("policies") or [], declared.get("resources") or []
    _refuse_unused(declared, names, resources)
    role = {key: value for key, value in declared.items() if key not in ("policies", "resources")}
    canned = {name: _canned(declared, name) for name in names}
    managed = [arn for each in canned.values() for arn in each.managed]
    inline = {
        name.replace("_", "-"): {"Version": "2012-10-17", "Statement": each.statements(site, _own(declared, name, each, resources))}
        for name, each in canned.items()
        if each.statements is not None
    }
    for key, found in (
        ("managed_policies", [*managed, *(role.get("managed_policies") or [])]),
        ("inline_policies", {**inline, **(role.get("inline_policies") or {})}),
    ):
        if found:
            role[key] = found
    return role


def _canned(declared: Mapping[str, Any], name: str) -> Canned:
    if name not in POLICIES:
        raise _refusal(declared, f"has policy {name!r}, which is unknown", f"Name one of {', '.join(POLICIES)}, or give managed_policies or inline_policies.")
    return POLICIES[name]


def _own(declared: Mapping[str, Any], name: str, canned: Canned, resources: Arns) -> list[str]:
    """Return those of the resources that a policy is about. Raises a refusal where it needs some and there are none."""
    own = [arn for service in canned.services for arn in _of(resources, service)]
    if canned.needs and not own:
        raise _refusal(declared, f"has policy {name} and no resources for it", f"Give resources: {canned.needs}.")
    return own


def _refuse_unused(declared: Mapping[str, Any], names: Arns, resources: Arns) -> None:
    """Resources that no policy is held to would be thought of as a bound, and are none."""
    services = {service for name in names if name in POLICIES for service in POLICIES[name].services}
    idle = [arn for arn in resources if not any(_of([arn], service) for service in services)]
    if idle:
        raise _refusal(declared, f"has resources that none of its policies is held to: {', '.join(idle)}", "Leave them out, or correct them.")


def _of(resources: Arns, service: str) -> list[str]:
    return [arn for arn in resources if arn.split(":")[2:3] == [service]]


def _refusal(declared: Mapping[str, Any], what: str, remedy: str) -> Refusal:
    return Refusal(f"Role {declared.get('name')} {what}.", remedy=remedy, fields=("policies",))
