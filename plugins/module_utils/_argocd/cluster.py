# Copyright: (c) 2026, fleetops.eks contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster's registration at Argo CD: its Secret, and what is ours in it. Pure.

Found by the label secret-type=cluster and `server`, whatever its name. Labels, annotations and data are owned key by key, recorded by the API in
managedFields; see docs/decisions/0003-argocd-ownership.md. Source: util/db/cluster.go of Argo CD v3.5.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.fleetops.eks.plugins.module_utils._argocd import config as configs
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._core.plan import Change, Plan, Step, created, deleted

TYPE_LABEL = "argocd.argoproj.io/secret-type"
SELECTOR = f"{TYPE_LABEL}=cluster"
SKIP_RECONCILE = "argocd.argoproj.io/skip-reconcile"
IN_CLUSTER = "https://kubernetes.default.svc"
ARN = re.compile(r"^arn:[a-z-]+:eks:[a-z0-9-]+:\d{12}:cluster/(?P<name>.+)$")
NEVER_PURGED = frozenset({TYPE_LABEL, SKIP_RECONCILE})
"""What makes the Secret a registration, and what parks it: an upgrade sets the latter, and another task must not take it away by not mentioning it."""


@dataclass(frozen=True)
class ClusterSpec:
    """A declared registration; None = not mentioned. A label or annotation of value None is to be absent, whoever set it."""

    server: str
    argocd_namespace: str
    name: str | None = None
    secret_name: str | None = None
    config: Mapping[str, Any] | None = field(default=None, repr=False)
    namespaces: Sequence[str] | None = None
    cluster_resources: bool | None = None
    project: str | None = None
    shard: int | None = None
    labels: Mapping[str, str | None] | None = None
    annotations: Mapping[str, str | None] | None = None
    purge_labels: bool = True
    purge_annotations: bool = True

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> ClusterSpec:
        given = {name: params[name] for name in cls.__dataclass_fields__ if name != "config" and params.get(name) is not None}
        given |= {name: _texts(given[name]) for name in ("labels", "annotations") if name in given}
        skip = params.get("skip_reconcile")
        if skip is not None:
            given["annotations"] = {**given.get("annotations", {}), SKIP_RECONCILE: "true" if skip else None}
            given["purge_annotations"] = params.get("annotations") is not None and params.get("purge_annotations", True)
        return cls(**{**given, "server": trimmed(params["server"])}, config=configs.declared_config(params))


@dataclass(frozen=True)
class ClusterState:
    """A registration as its Secret holds it. owned_*: keys that this collection applied, by managedFields."""

    secret_name: str
    server: str
    name: str
    config: Mapping[str, Any] | None = field(repr=False)
    config_text: str | None = field(repr=False)
    namespaces: tuple[str, ...]
    cluster_resources: bool
    project: str | None
    shard: int | None
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    owned_labels: frozenset[str]
    owned_annotations: frozenset[str]
    owned_data: frozenset[str]
    data: Mapping[str, str] = field(repr=False)

    @classmethod
    def from_api(cls, secret: Mapping[str, Any], manager: str) -> ClusterState:
        metadata = secret["metadata"]
        data = {key: _decoded(value) for key, value in (secret.get("data") or {}).items()}
        owned = _applied(metadata, manager)
        return cls(
            secret_name=metadata["name"],
            server=trimmed(data.get("server", "")),
            name=data.get("name", ""),
            config=configs.parsed(data.get("config")),
            config_text=data.get("config"),
            namespaces=tuple(part.strip() for part in data.get("namespaces", "").split(",") if part.strip()),
            cluster_resources=data.get("clusterResources") == "true",
            project=data.get("project") or None,
            shard=int(data["shard"]) if data.get("shard", "").lstrip("-").isdigit() else None,
            labels=metadata.get("labels") or {},
            annotations=metadata.get("annotations") or {},
            owned_labels=_keys(owned.get("f:metadata", {}).get("f:labels")),
            owned_annotations=_keys(owned.get("f:metadata", {}).get("f:annotations")),
            owned_data=_keys(owned.get("f:data")),
            data=data,
        )


def trimmed(server: str) -> str:
    """Return the server as Argo compares it: without trailing slashes."""
    return server.strip().rstrip("/")


def secret_name(spec: ClusterSpec) -> str:
    """Return the name of a new Secret: readable, and the same for the same server at all times."""
    if spec.secret_name:
        return spec.secret_name
    found = ARN.match(spec.server)
    readable = spec.name or (found["name"] if found else re.sub(r"^[a-z]+://", "", spec.server))
    slug = re.sub(r"[^a-z0-9]+", "-", readable.lower()).strip("-")[:40].strip("-")
    return f"cluster-{slug}-{hashlib.sha256(spec.server.encode()).hexdigest()[:10]}"


def check(spec: ClusterSpec) -> None:
    """Refuse what no hub can use; looks at the declaration only."""
    if ARN.match(spec.server) and spec.config is not None:
        raise Refusal(
            f"{spec.server} is an ARN: the EKS capability for Argo CD signs in and finds the CA by itself.",
            remedy="Leave the credentials, tls_client_config and proxy_url out, or give the URL of the API for an Argo CD of your own.",
            fields=("server", *configs.CONFIG_OPTIONS),
        )
    if not ARN.match(spec.server) and not re.match(r"^https?://", spec.server):
        raise Refusal(f"server {spec.server} is neither a URL nor the ARN of an EKS cluster.", remedy="Give one of them.", fields=("server",))


def find(spec: ClusterSpec, states: Sequence[ClusterState]) -> ClusterState | None:
    """Return the registration of the declared server; Refusal where there are several, or its Argo name belongs to another server."""
    same = [state for state in states if state.server == spec.server]
    if len(same) > 1:
        raise Refusal(
            f"Secrets {_and(same)} in namespace {spec.argocd_namespace} all register {spec.server}; Argo CD uses one of them, and does not say which.",
            remedy="Delete all but one.",
            fields=("server",),
        )
    namesakes = [state for state in states if state.server != spec.server and spec.name and state.name == spec.name]
    if namesakes:
        raise Refusal(
            f"The name {spec.name} is taken: Secret {namesakes[0].secret_name} gives it to {namesakes[0].server}, and this task to {spec.server}"
            f"{f' (Secret {same[0].secret_name})' if same else ''}. ApplicationSets see two clusters of one name as one.",
            remedy="Choose names that are unique at the hub, for example with account and region in them.",
            fields=("name",),
        )
    return same[0] if same else None


def plan_present(spec: ClusterSpec, state: ClusterState | None) -> Plan:
    """Return the steps that make the registration as declared; empty when it is."""
    check(spec)
    if state is None:
        return Plan((_create(spec),))
    changes = _changes(spec, state) or _takeover(spec, state)
    foreign = _foreign_keys(spec, state)
    steps = []
    if {change.path for change in changes} - set(foreign):
        steps.append(Step("apply", manifest(spec, state), tuple(change for change in changes if change.path not in foreign)))
    if foreign:
        removed = tuple(change for change in changes if change.path in foreign)
        steps.append(Step("merge", _removal(foreign), removed, subject=state.secret_name))
    return Plan(tuple(steps))


def manifest(spec: ClusterSpec, state: ClusterState | None) -> dict[str, Any]:
    """Return what is applied: everything of ours, declared now or kept from before. What is left out here goes away if it was ours."""
    declared = _data(spec, state)
    kept = {key: value for key, value in (state.data if state else {}).items() if key in (state.owned_data if state else ())}
    labels = {**_members(spec, state, "labels"), TYPE_LABEL: "cluster"}
    annotations = _members(spec, state, "annotations")
    data = {key: base64.b64encode(value.encode()).decode() for key, value in {**kept, **declared}.items()}
    metadata = {"name": state.secret_name if state else secret_name(spec), "namespace": spec.argocd_namespace, "labels": labels}
    if annotations:
        metadata["annotations"] = annotations
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque", "data": data}


def delete_step(state: ClusterState) -> Step:
    return Step("delete", {"name": state.secret_name}, deleted("server", state.server), settle="gone", subject=state.secret_name)


def to_result(state: ClusterState | None, namespace: str) -> dict[str, Any] | None:
    """Return the registration without its secrets."""
    if state is None:
        return None
    return {
        "name": state.name,
        "server": state.server,
        "secret_name": state.secret_name,
        "argocd_namespace": namespace,
        "labels": dict(state.labels),
        "annotations": {key: value for key, value in state.annotations.items() if "last-applied-configuration" not in key},
        "namespaces": list(state.namespaces),
        "cluster_resources": state.cluster_resources,
        "project": state.project,
        "shard": state.shard,
        "skip_reconcile": state.annotations.get(SKIP_RECONCILE) == "true",
        "auth": configs.auth_kind(state.config),
    }


def _create(spec: ClusterSpec) -> Step:
    if spec.name is None:
        raise Refusal(f"{spec.server} is not registered yet, and the task gives it no name.", remedy="Set name.", fields=("name",))
    if spec.config is None and not ARN.match(spec.server) and spec.server != IN_CLUSTER:
        raise Refusal(
            f"{spec.server} is not registered yet, and the task does not say how Argo CD signs in there.",
            remedy="Set aws_auth_config, exec_provider_config, bearer_token or username and password, with tls_client_config.ca_data.",
            fields=configs.CONFIG_OPTIONS,
        )
    sent = manifest(spec, None)
    shown = {**_shown(spec), "labels": sent["metadata"]["labels"], "annotations": sent["metadata"].get("annotations")}
    return Step("apply", sent, created("", {"secret_name": sent["metadata"]["name"], **shown}))


def _shown(spec: ClusterSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "server": spec.server,
        "config": configs.masked_config(spec.config),
        "namespaces": spec.namespaces,
        "cluster_resources": spec.cluster_resources,
        "project": spec.project,
        "shard": spec.shard,
    }


def _data(spec: ClusterSpec, state: ClusterState | None) -> dict[str, str]:
    """Return the declared data. A text of config that means the same as the declared one stays as Argo wrote it."""
    config = spec.config if spec.config is not None or state or ARN.match(spec.server) else configs.normal({})
    texts = {
        "name": spec.name,
        "server": state.data.get("server") if state else spec.server,
        "config": None if config is None else state.config_text if state and state.config == config else configs.written(config),
        "namespaces": None if spec.namespaces is None else ",".join(spec.namespaces),
        "clusterResources": None if spec.cluster_resources is None else str(spec.cluster_resources).lower(),
        "project": spec.project,
        "shard": None if spec.shard is None else str(spec.shard),
    }
    return {key: text for key, text in texts.items() if text is not None}


_COMPARED = ("name", "namespaces", "cluster_resources", "project", "shard")


def _changes(spec: ClusterSpec, state: ClusterState) -> tuple[Change, ...]:
    changes = [] if state.labels.get(TYPE_LABEL) == "cluster" else [Change(_path("labels", TYPE_LABEL), state.labels.get(TYPE_LABEL), "cluster")]
    changes += [
        Change(name, _listed(getattr(state, name)), _listed(getattr(spec, name)))
        for name in _COMPARED
        if getattr(spec, name) is not None and _meaning(getattr(spec, name)) != _meaning(getattr(state, name))
    ]
    if spec.config is not None and dict(spec.config) != state.config:
        changes.append(_config_change(spec.config, state.config))
    return (*changes, *_member_changes(spec, state, "labels"), *_member_changes(spec, state, "annotations"))


def _takeover(spec: ClusterSpec, state: ClusterState) -> tuple[Change, ...]:
    """What is declared becomes ours even where it was so already: only then does it go when it is declared no longer."""
    keys = {
        f"{which}.{key}"
        for which in ("labels", "annotations")
        for key, value in (getattr(spec, which) or {}).items()
        if value is not None and key not in getattr(state, f"owned_{which}")
    }
    return (Change("owned_keys", None, sorted(keys)),) if keys else ()


def _config_change(after: Mapping[str, Any], before: Mapping[str, Any] | None) -> Change:
    """Show the config with its secrets hidden; where only they differ, say that they do."""
    old, new = configs.masked_config(before), configs.masked_config(after)
    return Change("config", old, {**(new or {}), "credentials": "rotated"} if old == new else new)


def _member_changes(spec: ClusterSpec, state: ClusterState, which: str) -> list[Change]:
    declared = getattr(spec, which)
    if declared is None:
        return []
    actual, owned = getattr(state, which), getattr(state, f"owned_{which}")
    wanted = [Change(_path(which, key), actual.get(key), value) for key, value in declared.items() if actual.get(key) != value]
    unwanted = sorted(key for key in owned - set(declared) - NEVER_PURGED if key in actual) if getattr(spec, f"purge_{which}") else []
    return [*wanted, *(Change(_path(which, key), actual[key], None) for key in unwanted)]


def _members(spec: ClusterSpec, state: ClusterState | None, which: str) -> dict[str, str]:
    """Return the labels or annotations to apply: those kept from before, then the declared ones."""
    declared = getattr(spec, which) or {}
    actual = getattr(state, which) if state else {}
    owned = getattr(state, f"owned_{which}") if state else frozenset()
    keeps = getattr(spec, which) is None or not getattr(spec, f"purge_{which}")
    kept = {key: actual[key] for key in owned if key in actual and (keeps or key in NEVER_PURGED)}
    return {key: value for key, value in {**kept, **declared}.items() if value is not None}


def _foreign_keys(spec: ClusterSpec, state: ClusterState) -> dict[str, tuple[str, str]]:
    """Return {path: (labels or annotations, key)} to be absent that others set: an apply takes away only what it owned alone, a merge patch anything."""
    return {
        _path(which, key): (which, key)
        for which in ("labels", "annotations")
        for key, value in (getattr(spec, which) or {}).items()
        if value is None and key in getattr(state, which)
    }


def _removal(foreign: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    metadata: dict[str, dict[str, None]] = {}
    for which, key in foreign.values():
        metadata.setdefault(which, {})[key] = None
    return {"metadata": metadata}


def _path(which: str, key: str) -> str:
    """Dots in a key would make a tree of a change's path."""
    return f"{which}.{key.replace('.', '·')}"


def _meaning(value: Any) -> Any:
    """Lists are sets to Argo, and an empty text is none."""
    return sorted(value) if isinstance(value, (list, tuple)) else None if value == "" else value


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _texts(members: Mapping[str, Any]) -> dict[str, str | None]:
    """Kubernetes takes texts only; YAML's true is "true" there."""
    return {str(key): None if value is None else str(value).lower() if isinstance(value, bool) else str(value) for key, value in members.items()}


def _and(states: Sequence[ClusterState]) -> str:
    return " and ".join(sorted(state.secret_name for state in states))


def _decoded(value: str) -> str:
    return base64.b64decode(value or "").decode("utf-8", "replace")


def _applied(metadata: Mapping[str, Any], manager: str) -> Mapping[str, Any]:
    entries = metadata.get("managedFields") or []
    return next((entry.get("fieldsV1") or {} for entry in entries if entry.get("manager") == manager and entry.get("operation") == "Apply"), {})


def _keys(fields: Mapping[str, Any] | None) -> frozenset[str]:
    return frozenset(name[2:] for name in fields or {} if name.startswith("f:"))
