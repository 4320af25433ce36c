# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host as a hybrid node: declaration and state in, plan out. Pure.

nodeadm's exit code proves nothing (it exits 0 three times having done nothing), and every `init` restarts the node's daemons. So a plan is
made of what is on the host, and `init` is gated on a fingerprint of our own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Change, Plan, Step
from ansible_collections.fleetops.eks.plugins.module_utils._nodeadm import node_config, skips

MINIMUM_FOR_SSM = (1, 0, 19)
"""Up to v1.0.18 nodeadm carries an SSM signing key that expired on 2026-07-15 (aws/eks-hybrid#864)."""
MINIMUM_FOR_FORCE = (1, 0, 9)
"""Up to v1.0.8 `uninstall --force` follows mounts below /var/lib/kubelet and deletes what they lead to (aws/eks-hybrid#664)."""


@dataclass(frozen=True)
class HostState:
    """What is on the host. `tracker` is written at the end of an install; without it nodeadm sees none. `own_files` are what this module keeps."""

    nodeadm_version: str | None
    tracker: Mapping[str, Any] | None
    kubelet_version: str | None
    kubelet_active: bool
    instance_id: str | None
    node_name: str | None
    fingerprint: str | None
    secret_on_disk: bool
    own_files: tuple[str, ...] = ()


@dataclass(frozen=True)
class NodeSpec:
    """What the host shall be; options are the module's."""

    options: Mapping[str, Any]

    @property
    def kubernetes(self) -> str:
        return str(self.options["kubernetes_version"])

    def fingerprint(self, state: HostState) -> str:
        """Made of the kubelet that is installed, not of the one declared: init changes no version, and would restart the node for nothing."""
        return node_config.fingerprint(self.options, nodeadm=state.nodeadm_version or "", kubernetes=state.kubelet_version or "")


def plan_present(spec: NodeSpec, state: HostState) -> Plan:
    """Return the steps that make the host a node: install, init, or only the removal of a secret that an interrupted run left."""
    skips.check(spec.options.get("skip") or (), skips.INIT)
    _refuse_nodeadm(spec, state)
    steps: list[Step] = []
    if state.tracker is None:
        steps.append(Step("install", changes=(Change("kubernetes_version", None, spec.kubernetes),)))
    changes = _init_changes(spec, state)
    if changes:
        _refuse_without_activation(spec, state)
        steps.append(Step("init", changes=changes))
    elif state.secret_on_disk:
        steps.append(Step("scrub", changes=(Change("node_config.activation_code", "on disk", "scrubbed"),)))
    return Plan(tuple(steps), _warnings(spec, state))


def plan_absent(spec: NodeSpec, state: HostState) -> Plan:
    """Return the step that takes nodeadm's parts off the host, or only this module's own files; empty when there are none.

    A registration without a tracker is somebody else's: nodeadm would not see it, and Systems Manager has other uses.
    """
    skips.check(spec.options.get("skip") or (), skips.UNINSTALL)
    if state.tracker is not None:
        _refuse_force(spec, state)
        return Plan((Step("uninstall", changes=(Change("node_name", state.node_name, None),)),))
    steps = (Step("forget", changes=(Change("files", list(state.own_files), []),)),) if state.own_files else ()
    return Plan(steps, _half_installed(state))


def to_result(state: HostState) -> dict[str, Any]:
    return {
        "installed": state.tracker is not None,
        "registered": state.instance_id is not None,
        "instance_id": state.instance_id,
        "node_name": state.node_name,
        "kubelet_version": state.kubelet_version,
        "kubelet_active": state.kubelet_active,
        "nodeadm_version": state.nodeadm_version,
    }


def _init_changes(spec: NodeSpec, state: HostState) -> tuple[Change, ...]:
    changes = []
    if spec.options["credential_provider"] == "ssm" and state.instance_id is None:
        changes.append(Change("registered", False, True))
    if state.fingerprint != spec.fingerprint(state):
        changes.append(Change("configuration", state.fingerprint, spec.fingerprint(state)))
    if state.tracker is not None and not state.kubelet_active:
        changes.append(Change("kubelet_active", False, True))
    return tuple(changes)


def _refuse_nodeadm(spec: NodeSpec, state: HostState) -> None:
    version = state.nodeadm_version
    if version is None or spec.options["credential_provider"] != "ssm":
        return
    if _numbers(version) < MINIMUM_FOR_SSM:
        raise Refusal(
            f"nodeadm {version} cannot install the SSM agent: the signing key it carries expired on 2026-07-15.",
            remedy="Set hybrid_node_nodeadm_version to v1.0.19 or later, with its checksum.",
            fields=("nodeadm_path",),
        )


def _refuse_force(spec: NodeSpec, state: HostState) -> None:
    if spec.options.get("force") and state.nodeadm_version is not None and _numbers(state.nodeadm_version) < MINIMUM_FOR_FORCE:
        text = f"uninstall --force of nodeadm {state.nodeadm_version} deletes what is mounted below the kubelet's directory."
        raise Refusal(text, remedy="Install nodeadm v1.0.20 first, or leave force out.", fields=("force",))


def _half_installed(state: HostState) -> tuple[str, ...]:
    if state.kubelet_version is None:
        return ()
    return ("/usr/bin/kubelet is there without nodeadm's tracker, so nodeadm removes nothing: install again to the end, then let the host leave.",)


def _refuse_without_activation(spec: NodeSpec, state: HostState) -> None:
    if spec.options["credential_provider"] != "ssm" or state.instance_id is not None:
        return
    activation_id, code = spec.options.get("activation_id"), spec.options.get("activation_code")
    if not activation_id or not code:
        raise Refusal(
            "The host is not registered with Systems Manager, and no activation is given.",
            remedy="Make one with fleetops.eks.ssm_hybrid_activation, and give activation_id and activation_code.",
            fields=("activation_id", "activation_code"),
        )
    node_config.check_activation(activation_id, code)


def _warnings(spec: NodeSpec, state: HostState) -> tuple[str, ...]:
    running = state.kubelet_version
    if running is None or running.removeprefix("v").split(".")[:2] == spec.kubernetes.split(".")[:2]:
        return ()
    return (f"The host runs kubelet {running} and {spec.kubernetes} is declared: drain and upgrade it; a join does not.",)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.removeprefix("v").split("-")[0].split(".") if part.isdigit())
