#!/usr/bin/python
# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage a set of Kubernetes objects."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kube_objects
short_description: Manage a set of Kubernetes objects
version_added: 0.1.0
description:
  - Applies a list of manifests server-side, with the field manager V(fleetops.eks), and removes what was declared before and no longer is.
  - What an apply would change is asked of the API with a dry run, so that defaults and admission are the server's; a set that is as declared is not written.
  - Namespaces and definitions of custom resources come first, then accounts, roles, configuration and storage, then the workloads, webhooks last.
author:
  - fleetops.eks contributors (@fleetops)
options:
  resources:
    description:
      - The manifests. Lists of kind C(List) are laid open.
      - Of a Secret, C(stringData) is sent as C(data). Its values are hidden in the result, the diff and the invocation.
    type: list
    elements: dict
    required: true
    aliases: [definitions]
  namespace:
    description: Namespace of the manifests that need one and say none.
    type: str
    default: default
  owner:
    description: Value of the label C(fleetops.eks/owner) that all objects of this set get.
    type: str
  prune:
    description:
      - Whether objects with the label of O(owner) that O(resources) does not declare are deleted. Needs O(owner).
      - Looks through the declared kinds and O(prune_kinds), in all namespaces. Namespaces, definitions of custom resources, volumes and claims
        are left alone unless O(prune_kinds) names them.
    type: bool
    default: false
  prune_kinds:
    description: More kinds to look through, as V(apiVersion/Kind), for example V(v1/ConfigMap). Name those of which the set may come to hold none.
    type: list
    elements: str
    default: []
  force_conflicts:
    description: Whether fields that other managers own are taken over. Without it, such a manifest is refused before anything is written.
    type: bool
    default: false
  wait:
    description:
      - Whether the task waits until the objects do their work; rolled out for workloads, complete for Jobs, established for definitions of custom resources,
        V(Ready) for whatever has that condition.
      - Deleted objects are awaited as well.
    type: bool
    default: true
  wait_timeout:
    description: How long to wait for all of it, in seconds.
    type: int
    default: 300
  state:
    description:
      - Whether the objects exist. With V(absent) only the names in O(resources) matter; with O(prune=true) everything with the owner's label in the
        kinds looked through goes as well.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - fleetops.eks.kube
  - fleetops.eks.aws
  - fleetops.eks.attributes
notes:
  - In a process of its own (with a connection other than local, for example) Ansible logs a module's options on the machine.
    Set C(no_log) on tasks with Secrets there.
"""

EXAMPLES = r"""
- name: Make a namespace
  fleetops.eks.kube_objects:
    cluster_name: edge
    resources:
      - apiVersion: v1
        kind: Namespace
        metadata:
          name: team-a

- name: Keep the settings of a team, and remove those that are gone from this list
  fleetops.eks.kube_objects:
    cluster_name: edge
    owner: team-a
    prune: true
    prune_kinds: [v1/ConfigMap, v1/Secret, rbac.authorization.k8s.io/v1/RoleBinding]
    namespace: team-a
    resources:
      - apiVersion: v1
        kind: ConfigMap
        metadata:
          name: settings
        data:
          mode: fast

- name: Roll a service out and wait for it
  fleetops.eks.kube_objects:
    host: https://10.0.0.1:6443
    api_key: "{{ team_token }}"
    ca_cert: /etc/kubernetes/ca.pem
    force_conflicts: true
    wait_timeout: 600
    resources: "{{ lookup('ansible.builtin.file', 'service.yml') | from_yaml_all | list }}"

- name: Take the namespace and all in it away
  fleetops.eks.kube_objects:
    cluster_name: edge
    resources:
      - apiVersion: v1
        kind: Namespace
        metadata:
          name: team-a
    state: absent
"""

RETURN = r"""
kube_objects:
  description: The declared objects as they are after the task, in the order of creation; empty with O(state=absent).
  returned: success
  type: list
  elements: dict
  contains:
    api_version:
      description: Its API version.
      type: str
      sample: apps/v1
    kind:
      description: Its kind.
      type: str
      sample: Deployment
    name:
      description: Its name.
      type: str
      sample: web
    namespace:
      description: Its namespace; V(null) for what has none.
      type: str
      sample: team-a
    exists:
      description: Whether it exists; in check mode it may not yet.
      type: bool
      sample: true
    ready:
      description: Whether it does its work.
      type: bool
      sample: true
pruned:
  description: The objects that were deleted because they are declared no longer, or would be in check mode.
  returned: success
  type: list
  elements: str
  sample: [ConfigMap team-a/old]
actions:
  description: The operations in order, each with the object, the fields it changed and its status (V(planned) in check mode).
  returned: success
  type: list
  elements: dict
  sample: [{operation: apply, subject: Deployment team-a/web, fields: [Deployment team-a/web.spec], status: done}]
"""

from functools import partial
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._aws.options import aws_options, wait_options
from ansible_collections.fleetops.eks.plugins.module_utils._aws.shell import Context, run_module
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.reconcile import reconcile
from ansible_collections.fleetops.eks.plugins.module_utils._kube.client import KubeClient
from ansible_collections.fleetops.eks.plugins.module_utils._kube.connection import connection
from ansible_collections.fleetops.eks.plugins.module_utils._kube.live import Declaration, LiveObject, ObjectSet, await_ready
from ansible_collections.fleetops.eks.plugins.module_utils._kube.objects import ObjectState, masked
from ansible_collections.fleetops.eks.plugins.module_utils._kube.options import kube_options, kube_rules
from ansible_collections.fleetops.eks.plugins.module_utils._kube.readiness import readiness

SPEC: dict[str, Any] = {
    "argument_spec": {
        "resources": {"type": "list", "elements": "dict", "required": True, "aliases": ["definitions"]},
        "namespace": {"type": "str", "default": "default"},
        "owner": {"type": "str"},
        "prune": {"type": "bool", "default": False},
        "prune_kinds": {"type": "list", "elements": "str", "default": []},
        "force_conflicts": {"type": "bool", "default": False},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        **wait_options(300),
        **kube_options(),
        **aws_options(),
    },
    **kube_rules(),
    "required_if": [["prune", True, ["owner"]]],
    "supports_check_mode": True,
}


def run(params: dict[str, Any], context: Context) -> dict[str, Any]:
    """Make the objects as declared and return them. The values of Secrets are hidden in params, which Ansible shows as the task's invocation."""
    declaration = _declaration(params)
    params["resources"] = [masked(manifest) for manifest in params["resources"]]
    objects = ObjectSet(KubeClient(partial(connection, params, context.clients)), declaration)
    how = context.run(params)
    outcome = reconcile(objects, how)
    if declaration.wait and not context.check_mode:
        await_ready(objects, outcome, how)
    members = objects.members.items()
    return {
        **outcome.common(),
        "kube_objects": [_result(member, outcome.state[name]) for name, member in members if member.manifest is not None],
        "pruned": [str(member.reference) for _name, member in members if member.manifest is None and declaration.present],
    }


def _declaration(params: dict[str, Any]) -> Declaration:
    return Declaration(
        resources=params["resources"],
        present=params["state"] == "present",
        namespace=params["namespace"],
        owner=params["owner"],
        prune=params["prune"],
        prune_kinds=tuple(_kind(text) for text in params["prune_kinds"]),
        force_conflicts=params["force_conflicts"],
        wait=params["wait"],
    )


def _kind(text: str) -> tuple[str, str]:
    version, _slash, kind = text.rpartition("/")
    if not version:
        raise Refusal(f"{text!r} in prune_kinds is no apiVersion/Kind.", remedy="Write it like v1/ConfigMap or apps/v1/Deployment.", fields=("prune_kinds",))
    return version, kind


def _result(member: LiveObject, state: ObjectState) -> dict[str, Any]:
    at = member.reference
    return {
        "api_version": at.api_version,
        "kind": at.kind,
        "name": at.name,
        "namespace": at.namespace or None,
        "exists": state.live is not None,
        "ready": state.live is not None and readiness(state.live).kind == "done",
    }


def main() -> None:
    run_module(SPEC, run)


if __name__ == "__main__":
    main()
