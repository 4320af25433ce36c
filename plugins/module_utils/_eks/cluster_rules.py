# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cannot be, and what a change of a cluster cannot do: found by the plan, before any call, each with a remedy.

Facts: EKS API reference (CreateCluster, UpdateClusterConfig, UpdateClusterVersion), EKS user guide (network requirements, hybrid nodes, Auto Mode, rollback).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._eks import cluster_networks as networks
from ansible_collections.fleetops.eks.plugins.module_utils._eks import versions
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster_fields import FIELDS, FIXED, MODES
from ansible_collections.fleetops.eks.plugins.module_utils._eks.cluster_values import ClusterSpec, ClusterState

NAME = re.compile(r"[0-9A-Za-z][A-Za-z0-9\-_]{0,99}")
MOST_TAGS = 50
MOST_SECURITY_GROUPS = 5
DEFAULTS = {"authentication_mode": "CONFIG_MAP", "ip_family": "ipv4", "endpoint_public_access": True, "endpoint_private_access": False}
"""What EKS takes at creation for what is not mentioned."""


@dataclass(frozen=True)
class Problem:
    """One reason why a declaration is refused, the remedy, and the options it is about."""

    message: str
    remedy: str
    fields: tuple[str, ...]


Rule = Callable[[ClusterSpec, Optional[ClusterState]], Iterator[Problem]]


def check(spec: ClusterSpec, state: ClusterState | None, *, present: bool = True) -> None:
    """Raise one Refusal with all problems of the declaration, or of the way from state to it."""
    problems = [problem for rule in (RULES if present else ABSENT_RULES) for problem in rule(spec, state)]
    if problems:
        raise refusal(spec.name, problems)


def refusal(name: str, problems: Sequence[Problem]) -> Refusal:
    """Return all problems of the cluster name as one refusal."""
    return Refusal(
        f"Cluster {name}: " + " ".join(problem.message for problem in problems),
        remedy=" ".join(dict.fromkeys(problem.remedy for problem in problems)),
        fields=tuple(dict.fromkeys(field for problem in problems for field in problem.fields)),
    )


def effective(spec: ClusterSpec, state: ClusterState | None, name: str) -> Any:
    """Return the value that will hold: the declared one, else the cluster's, else EKS's default."""
    declared = getattr(spec, name)
    if declared is not None:
        return declared
    return DEFAULTS.get(name) if state is None else getattr(state, name)


def _usable(spec: ClusterSpec, state: ClusterState | None) -> Iterator[Problem]:
    if state is not None and state.status == "FAILED":
        reasons = "; ".join(f"{issue.get('code')}: {issue.get('message')}" for issue in (state.raw.get("health") or {}).get("issues") or [])
        yield Problem(
            f"its status is FAILED: {reasons or 'EKS gives no reason'}.",
            "Mend the cause, remove the cluster with state: absent, and create it again.",
            ("state",),
        )
    if state is not None and state.status == "DELETING":
        yield Problem("it is being deleted.", "Wait until it is gone and run again, or take another name.", ("state", "name"))
    yield from _connected(spec, state)


def _connected(spec: ClusterSpec, state: ClusterState | None) -> Iterator[Problem]:
    if state is not None and state.connected:
        yield Problem("it is a connected cluster, which EKS does not run.", "Manage it where it runs; EKS can only deregister it.", ("name",))


def _protected(spec: ClusterSpec, state: ClusterState | None) -> Iterator[Problem]:
    """The protection counts while a cluster is active (API reference, Cluster)."""
    if state is not None and state.deletion_protection and state.status != "FAILED" and not spec.force_delete:
        yield Problem(
            "it is protected against deletion.",
            "Run with deletion_protection: false first, or with force_delete: true to lift the protection and delete.",
            ("state", "force_delete"),
        )


def _creatable(spec: ClusterSpec, state: ClusterState | None) -> Iterator[Problem]:
    missing = tuple(name for name in ("role_arn", "subnets") if not getattr(spec, name)) if state is None else ()
    if missing:
        yield Problem(f"it does not exist, and to create it {' and '.join(missing)} must be known.", f"Give {' and '.join(missing)}.", missing)


def _name(spec: ClusterSpec, state: ClusterState | None) -> Iterator[Problem]:
    if not NAME.fullmatch(spec.name):
        yield Problem(f"the name {spec.name!r} is not one EKS takes.", "Give name up to 100 letters, digits, - and _, the first a letter or digit.", ("name",))


def _version(spec: ClusterSpec, state: ClusterState | None) -> Iterator[Problem]:
    try:
        steps = versions.distance(state.version if state is not None and state.version else spec.version, spec.version) if spec.version else 0
    except Refusal as refusal:
        yield Problem(refusal.message, refusal.remedy, ("version",))
        return
    if steps >= 0 or state is None:
        return
    if steps < -1:
        yield Problem(
            f"version {spec.version} is more than one minor below {state.version}.", "EKS rolls back by one minor, to the one before the upgrade.", ("version",)
        )
    elif not spec.allow_rollback:
        yield Problem(
            f"version {spec.version} is below {state.version}, which the cluster runs.",
            "Set version to what it runs, or allow_rollback: true to roll back, which EKS takes within 7 days of an upgrade.",
            ("version", "allow_rollback"),
        )


def _rollback_timeout(spec: ClusterSpec, state: ClusterState | None) -> Iterator[Problem]:
    if spec.rollback_timeout is not None and not 120 <= spec.rollback_timeout <= 10080:
        yield Problem(f"rollback_timeout {spec.rollback_timeout} is out of range.", "Give it as 120 to 10080 minutes.", ("rollback_timeout",))


_FIXED_REMEDIES = {
    "role_arn": "Declare the role it has, or create a new cluster: change the policies of the role instead of the role.",
    "service_ipv4_cidr": "Declare the range it has, or create a new cluster.",
    "ip_family": "Declare the family it has, or create a new cluster.",
    "outpost_config": "Declare the configuration it has, or create a new cluster.",
}


def _fixed(spec: ClusterSpec, state: ClusterState | None) -> Iterator[Problem]:
    for item in FIELDS if state is not None else ():
        declared, actual = getattr(spec, item.name), getattr(state, item.name)
        if item.update == FIXED and declared is not None and not item.same(declared, actual):
            yield Problem(f"{item.name} is {actual}, and EKS cannot change it to {declared}.", _FIXED_REMEDIES[item.name], (item.name,))


def _encryption(spec: ClusterSpec, state: ClusterState | None) -> Iterator[Problem]:
    held = state.encryption_key_arn if state is not None else None
    if spec.encryption_key_arn is None or not held:
        return
    if not spec.encryption_key_arn:
        yield Problem(f"its secrets are encrypted with {held}, and EKS cannot take that back.", "Leave out encryption_key_arn.", ("encryption_key_arn",))
    elif spec.encryption_key_arn != held and "alias/" not in spec.encryption_key_arn:
        yield Problem(
            f"its secrets are encrypted with {held}, and EKS cannot change the key.",
            "Declare that key in encryption_key_arn; KMS rotates what is in it.",
            ("encryption_key_arn",),
        )


def _access(spec: ClusterSpec, state: ClusterState | None) -> Iterator[Problem]:
    declared, actual = spec.authentication_mode, state.authentication_mode if state is not None else None
    if declared and actual and MODES.index(declared) < MODES.index(actual):
        yield Problem(
            f"authentication_mode is {actual}, and EKS cannot go back to {declared}.", f"Declare authentication_mode: {actual}.", ("authentication_mode",)
        )
    mode = effective(spec, state, "authentication_mode")
    if state is None and mode == "CONFIG_MAP" and spec.bootstrap_cluster_creator_admin_permissions is False:
        yield Problem(
            "with authentication_mode CONFIG_MAP (EKS's default) and bootstrap_cluster_creator_admin_permissions: false nobody could enter it.",
            "Set authentication_mode: API or API_AND_CONFIG_MAP.",
            ("bootstrap_cluster_creator_admin_permissions", "authentication_mode"),
        )
    if mode == "CONFIG_MAP" and (spec.remote_node_networks or (spec.auto_mode or {}).get("enabled")):
        noun = "remote_node_networks" if spec.remote_node_networks else "auto_mode"
        yield Problem(
            f"{noun} needs access entries, which authentication_mode CONFIG_MAP does not have.",
            "Set authentication_mode: API or API_AND_CONFIG_MAP.",
            (noun, "authentication_mode"),
        )


def _endpoints(spec: ClusterSpec, state: ClusterState | None) -> Iterator[Problem]:
    public = effective(spec, state, "endpoint_public_access")
    if not public and not effective(spec, state, "endpoint_private_access"):
        yield Problem(
            "with endpoint_public_access and endpoint_private_access both off nothing could reach it.",
            "Turn one of them on.",
            ("endpoint_public_access", "endpoint_private_access"),
        )
    if spec.public_access_cidrs and not public:
        yield Problem(
            "public_access_cidrs says who may use the public endpoint, which is off.",
            "Leave out public_access_cidrs, or set endpoint_public_access: true.",
            ("public_access_cidrs", "endpoint_public_access"),
        )
    if spec.public_access_cidrs is not None and not spec.public_access_cidrs and public:
        yield Problem(
            "public_access_cidrs is empty, which EKS reads as everybody.",
            "Name the networks (0.0.0.0/0 for everybody), or set endpoint_public_access: false.",
            ("public_access_cidrs",),
        )
    for cidr in spec.public_access_cidrs or ():
        if networks.parse(cidr) is None:
            yield Problem(f"public_access_cidrs: {cidr} is not a network.", "Write CIDRs, for example 203.0.113.0/24.", ("public_access_cidrs",))
    private = [cidr for cidr in spec.public_access_cidrs or () if public and networks.within(cidr, networks.PRIVATE)]
    if private:
        yield Problem(
            f"public_access_cidrs: {', '.join(private)}: nobody comes to the public endpoint from a private address.",
            "Name the public addresses by which your networks go out.",
            ("public_access_cidrs",),
        )


def _vpc(spec: ClusterSpec, state: ClusterState | None) -> Iterator[Problem]:
    on_outpost = spec.outpost_config or (state is not None and state.outpost_config)
    if spec.subnets is not None and len(set(spec.subnets)) < 2 and not on_outpost and (state is not None or spec.subnets):
        yield Problem("subnets has fewer than two.", "Give two subnets or more, of different availability zones.", ("subnets",))
    if len(set(spec.security_groups or ())) > MOST_SECURITY_GROUPS:
        yield Problem(f"security_groups has more than {MOST_SECURITY_GROUPS}.", f"Give at most {MOST_SECURITY_GROUPS} security groups.", ("security_groups",))
    egress = state.control_plane_egress_mode if state is not None else "AWS_MANAGED"
    if spec.control_plane_egress_mode == "AWS_MANAGED" and egress != "AWS_MANAGED":
        yield Problem(
            f"control_plane_egress_mode is {egress}: leaving AWS_MANAGED was one-way.",
            f"Declare control_plane_egress_mode: {egress}, or leave it out.",
            ("control_plane_egress_mode",),
        )


def _networks(spec: ClusterSpec, state: ClusterState | None) -> Iterator[Problem]:
    for message, remedy, names in networks.problems(
        node=effective(spec, state, "remote_node_networks") or (),
        pod=effective(spec, state, "remote_pod_networks") or (),
        service=effective(spec, state, "service_ipv4_cidr"),
        declared=spec.remote_node_networks is not None or spec.remote_pod_networks is not None,
        new_service=spec.service_ipv4_cidr if state is None else None,
        ip_family=effective(spec, state, "ip_family"),
    ):
        yield Problem(message, remedy, names)


def _tags(spec: ClusterSpec, state: ClusterState | None) -> Iterator[Problem]:
    kept = {} if spec.purge_tags or state is None else state.tags or {}
    if spec.tags is not None and len({**kept, **spec.tags}) > MOST_TAGS:
        yield Problem(f"tags would be more than {MOST_TAGS}.", f"Give at most {MOST_TAGS} tags.", ("tags",))
    reserved = sorted(key for key in spec.tags or () if key.lower().startswith("aws:") and key not in ((state.tags or {}) if state else {}))
    if reserved:
        yield Problem(f"tags: {', '.join(reserved)}: names that begin with aws: belong to AWS.", "Rename them.", ("tags",))


def _auto_mode(spec: ClusterSpec, state: ClusterState | None) -> Iterator[Problem]:
    declared = spec.auto_mode
    if declared is None:
        return
    actual = (state.auto_mode or {}) if state is not None else {}
    extras = tuple(key for key in ("node_pools", "node_role_arn", "gateway_api_crds") if declared.get(key))
    if not declared["enabled"]:
        if extras:
            yield Problem(f"auto_mode is off, and yet has {', '.join(extras)}.", "Set auto_mode.enabled: true, or leave those out.", ("auto_mode",))
        return
    role = declared.get("node_role_arn") or actual.get("node_role_arn")
    pools = actual.get("node_pools") if declared.get("node_pools") is None else declared["node_pools"]
    if pools and not role:
        yield Problem("auto_mode has node_pools without node_role_arn.", "Give auto_mode.node_role_arn.", ("auto_mode",))
    if declared.get("node_role_arn") and not pools:
        yield Problem("auto_mode has node_role_arn without node_pools.", "Give auto_mode.node_pools, or leave out node_role_arn.", ("auto_mode",))
    held = actual.get("node_role_arn") if actual.get("enabled") else None
    if held and role != held:
        yield Problem(
            f"auto_mode.node_role_arn is {held}, and cannot change while Auto Mode is on.", "Declare that role, or turn Auto Mode off first.", ("auto_mode",)
        )
    if state is None and spec.bootstrap_self_managed_addons:
        yield Problem(
            "bootstrap_self_managed_addons does not go with auto_mode.", "Leave out bootstrap_self_managed_addons.", ("bootstrap_self_managed_addons",)
        )


def _outpost(spec: ClusterSpec, state: ClusterState | None) -> Iterator[Problem]:
    """A local cluster: private endpoint, IPv4, no envelope encryption, self-managed nodes and add-ons (user guide, eks-outposts)."""
    held = spec.outpost_config or (state.outpost_config if state is not None else None)
    if not held:
        return
    if len(held.get("outpost_arns") or ()) != 1:
        yield Problem("outpost_config.outpost_arns names more than one Outpost, or none.", "Give the ARN of one Outpost.", ("outpost_config",))
    for name, unsupported, remedy in _NOT_ON_OUTPOSTS:
        if unsupported(getattr(spec, name)):
            yield Problem(f"{name} does not go with a local cluster on an Outpost.", remedy, (name, "outpost_config"))


_NOT_ON_OUTPOSTS: tuple[tuple[str, Callable[[Any], bool], str], ...] = (
    ("endpoint_public_access", bool, "Set endpoint_public_access: false and endpoint_private_access: true."),
    ("endpoint_private_access", lambda value: value is False, "Set endpoint_private_access: true, the only endpoint a local cluster has."),
    ("ip_family", lambda value: value == "ipv6", "Leave out ip_family: a local cluster has IPv4 only."),
    ("encryption_key_arn", bool, "Leave out encryption_key_arn: a local cluster has no envelope encryption of secrets."),
    ("auto_mode", lambda value: bool(value and value["enabled"]), "Leave out auto_mode: a local cluster has self-managed nodes only."),
    ("remote_node_networks", bool, "Leave out remote_node_networks: a local cluster has self-managed nodes only."),
)


def _cancellation(spec: ClusterSpec, state: ClusterState | None) -> Iterator[Problem]:
    if spec.cancel_rollback and spec.allow_rollback:
        yield Problem("cancel_rollback and allow_rollback want opposite things.", "Give one of them.", ("cancel_rollback", "allow_rollback"))
    if state is not None and state.rollback and not (state.auto_mode or {}).get("enabled"):
        yield Problem(
            "its rollback cannot be cancelled: EKS does that on clusters with Auto Mode only.",
            "Leave out cancel_rollback; when the rollback has ended, declare the higher version to upgrade again.",
            ("cancel_rollback",),
        )


def _components(spec: ClusterSpec, state: ClusterState | None) -> Iterator[Problem]:
    ports = (spec.kube_api_server_config or {}).get("service_node_port_range") or {}
    if ports and not ports["min_port"] < ports["max_port"]:
        yield Problem("kube_api_server_config.service_node_port_range is empty.", "Give min_port below max_port.", ("kube_api_server_config",))


RULES: tuple[Rule, ...] = (
    _usable,
    _name,
    _creatable,
    _version,
    _rollback_timeout,
    _fixed,
    _encryption,
    _access,
    _endpoints,
    _vpc,
    _networks,
    _tags,
    _auto_mode,
    _components,
    _outpost,
    _cancellation,
)
ABSENT_RULES: tuple[Rule, ...] = (_connected, _protected)
