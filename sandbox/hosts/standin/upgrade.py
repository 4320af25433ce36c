"""`upgrade`: replaces what differs, configures and restarts everything. The control plane's version is not looked at."""

from __future__ import annotations

import hashlib

from standin import daemons, init, install, kube, manifest, nodefiles, ssm_agent, tracker
from standin import node as nodes
from standin.machine import Done, Fatal

NOT_INSTALLED = "No nodeadm components installed. Please use nodeadm install and nodeadm init commands to bootstrap a node"
BUSY = "only static pods and pods controlled by daemon-sets can be running on the node. Please move pods to different node or use --skip pod-validation"
SCHEDULABLE = "please drain or cordon node to mark it unschedulable or use --skip node-validation: node is schedulable"
# The order of the log, and the name an artifact has there.
ARTIFACTS = (
    ("kubelet", "kubelet", "kubelet"),
    ("kubectl", "kubectl", "kubectl"),
    ("ecr-credential-provider", "image credential provider", "image-credential-provider"),
    ("aws-iam-authenticator", "IAM authenticator", "aws-iam-authenticator"),
)


def run(machine, options):
    """Bring the components to a version and start the node anew."""
    machine.require_root()
    machine.info("Loading installed components")
    artifacts = tracker.load(machine)
    if artifacts is None:
        raise Done(NOT_INSTALLED)
    if "init-validation" not in options["skip"]:
        _require_init(machine)
    machine.info("Loading configuration...", configSource=options["config-source"])
    config = init.load(machine, options)
    catalogue = manifest.load(machine, options.get("manifest-override"))
    release = manifest.release(catalogue, options["kubernetes"])
    machine.info("Using Kubernetes version from manifest", version=release["version"])
    machine.info("Creating daemon manager...")
    require_idle(machine, options["skip"])
    machine.info("Creating package manager...")
    daemons.stop(machine, "kubelet")
    _replace(machine, release, catalogue, artifacts)
    node = init.configure_aws(machine, config)
    nodes.enrich(machine, node, options)
    init.configure_and_start(machine, config, node, options["skip"])


def _require_init(machine):
    machine.info("Validating if node has initialized")
    if not machine.exists(nodefiles.KUBELET_CONFIG):
        reason = f"failed to get kubelet configuration from disk: open {nodefiles.KUBELET_CONFIG}: no such file or directory"
        raise Fatal(f"node not initialized. Please use nodeadm init command to bootstrap a node. err: {reason}")


def require_idle(machine, skip):
    """Refuse while a pod runs that draining would move, then while the node takes new ones."""
    if {"pod-validation", "node-validation"} <= skip:
        return
    client, name = kube.Client(machine), init.registered_name(machine)
    try:
        if "pod-validation" not in skip:
            machine.info("Validating if node has been drained...")
            if kube.foreign_pods(client, name):
                raise Fatal(BUSY)
        if "node-validation" not in skip:
            machine.info("Validating if node has been marked unschedulable...")
            node = client.get(f"/api/v1/nodes/{name}") or {}
            if not node.get("spec", {}).get("unschedulable"):
                raise Fatal(SCHEDULABLE)
    except kube.KubeError as error:
        raise Fatal(f"getting node from the Kubernetes API: {error}") from error


def _replace(machine, release, catalogue, artifacts):
    """Write the programs whose checksum differs; CNI plugins are unpacked in any case, and the SSM agent's setup runs again."""
    if artifacts.get("Ssm"):
        machine.info("Upgrading SSM agent...")
        ssm_agent.install(machine, "")
    if artifacts.get("IamRolesAnywhere"):
        row = manifest.artifact(manifest.signing_helper(catalogue), "aws_signing_helper")
        _if_new(machine, row, "aws_signing_helper", install.SIGNING_HELPER, "AWS signing helper", "aws-signing-helper")
    for name, title, label in ARTIFACTS:
        _if_new(machine, manifest.artifact(release, name), name, install.ARTIFACTS[name][1], title, label)
    machine.info("Upgrading cni-plugins...")
    install.binary(machine, manifest.artifact(release, "cni-plugins"), "cni-plugins", install.ARTIFACTS["cni-plugins"][1])
    machine.info("Upgraded", artifact="cni-plugins")


def _if_new(machine, row, name, path, title, label):
    machine.info(f"Upgrading {title}...")
    try:
        expected = manifest.checksum(row)
    except manifest.BadDownload as error:
        raise Fatal(f"upgrading {name}: {error}") from error
    if machine.exists(path) and hashlib.sha256(machine.path(path).read_bytes()).digest() == expected:
        machine.info(f"No new version found for artifact {label}. Skipping upgrade.")
        return
    install.binary(machine, row, name, path)
    machine.info("Upgraded", artifact=label)
