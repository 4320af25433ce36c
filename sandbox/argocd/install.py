"""What the hub's API holds before Argo CD's controllers start, as its own manifests would put it there, without the pods."""

from __future__ import annotations

import base64
import json
import os
import secrets
import time
from pathlib import Path

import yaml

from sandbox.argocd.api import Api, Object
from sandbox.state import ROOT, SandboxError, write_private

NAMESPACE = "argocd"
CONTROLLER = "argocd-application-controller"
CRDS_VARIABLE = "FLEETOPS_CRDS"
CRD_FILES = ("application-crd.yaml", "applicationset-crd.yaml", "appproject-crd.yaml")
CRD_SECONDS = 60.0
POLL_SECONDS = 0.1
# as in the manifests of Argo CD: kinds that nobody keeps in Git and that change all the time
EXCLUSIONS = [
    {"apiGroups": ["", "discovery.k8s.io"], "kinds": ["Endpoints", "EndpointSlice"]},
    {"apiGroups": ["coordination.k8s.io"], "kinds": ["Lease"]},
    {"apiGroups": ["authentication.k8s.io", "authorization.k8s.io"], "kinds": ["SelfSubjectReview", "TokenReview", "SubjectAccessReview"]},
]


def crds_folder() -> Path:
    """Return the folder with Argo CD's CRDs; raise SandboxError where there is none."""
    folder = Path(os.environ.get(CRDS_VARIABLE) or ROOT.parent / "shared" / "crds") / "argo-cd"
    missing = [name for name in CRD_FILES if not (folder / name).is_file()]
    if missing:
        raise SandboxError(
            f"No {', '.join(missing)} in {folder}: set {CRDS_VARIABLE} to a folder whose argo-cd holds the files of manifests/crds of Argo CD's repository"
        )
    return folder


def install(hub: Api, namespace: str = NAMESPACE) -> None:
    """Put CRDs, configuration, the controller's account and the default project on the hub; return when its API serves the CRDs."""
    for name in CRD_FILES:
        hub.apply(yaml.load((crds_folder() / name).read_text(encoding="utf-8"), yaml.CSafeLoader))
    for manifest in objects(namespace):
        hub.apply(manifest)
    _await_crds(hub)
    hub.apply(project(namespace))


def _await_crds(hub: Api) -> None:
    deadline = time.monotonic() + CRD_SECONDS
    while True:
        found = [hub.get("apiextensions.k8s.io/v1", "CustomResourceDefinition", f"{plural}.argoproj.io") for plural in ("applications", "appprojects")]
        if all(crd and _is_established(crd) for crd in found):
            return
        if time.monotonic() > deadline:
            raise SandboxError(f"The CRDs of Argo CD were not established after {CRD_SECONDS:g} s")
        time.sleep(POLL_SECONDS)


def _is_established(crd: Object) -> bool:
    return any(each["type"] == "Established" and each["status"] == "True" for each in (crd.get("status") or {}).get("conditions") or [])


def objects(namespace: str) -> list[Object]:
    """Return the namespace, Argo CD's configuration, and the application controller's account with the rights of its manifests."""
    part_of = {"app.kubernetes.io/part-of": "argocd"}
    everything = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}, {"nonResourceURLs": ["*"], "verbs": ["*"]}]
    rbac = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": CONTROLLER, "labels": part_of}}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": CONTROLLER}
    subjects = [{"kind": "ServiceAccount", "name": CONTROLLER, "namespace": namespace}]
    inside = {"namespace": namespace, "labels": part_of}
    key = base64.b64encode(secrets.token_urlsafe(24).encode()).decode()
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cm", **inside}, "data": {"resource.exclusions": json.dumps(EXCLUSIONS)}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-rbac-cm", **inside}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "argocd-secret", **inside}, "type": "Opaque", "data": {"server.secretkey": key}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": CONTROLLER, **inside}},
        {**rbac, "kind": "ClusterRole", "rules": everything},
        {**rbac, "kind": "ClusterRoleBinding", "roleRef": role, "subjects": subjects},
    ]


def project(namespace: str) -> Object:
    """Return the project that Argo CD's server would make: everything is allowed."""
    spec = {"sourceRepos": ["*"], "destinations": [{"namespace": "*", "server": "*"}], "clusterResourceWhitelist": [{"group": "*", "kind": "*"}]}
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "default", "namespace": namespace}, "spec": spec}


def write_kubeconfig(file: Path, hub: Api, namespace: str = NAMESPACE) -> None:
    """Write the kubeconfig that the application controller enters the hub with: its own account's token, readable by its owner only."""
    cluster = {"server": hub.server, "certificate-authority-data": base64.b64encode(hub.ca.encode()).decode()}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "hub", "cluster": cluster}],
        "users": [{"name": CONTROLLER, "user": {"token": hub.token_for(namespace, CONTROLLER)}}],
        "contexts": [{"name": "hub", "context": {"cluster": "hub", "user": CONTROLLER, "namespace": namespace}}],
        "current-context": "hub",
    }
    write_private(file, json.dumps(config))
