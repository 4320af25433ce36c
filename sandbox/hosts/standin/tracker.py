"""/opt/nodeadm/tracker: what is installed. Without it, every command but install believes that nothing is."""

from __future__ import annotations

import yaml

PATH = "/opt/nodeadm/tracker"


def load(machine):
    """Return the artifacts that are tracked, or None when there is no tracker."""
    if not machine.exists(PATH):
        return None
    return (yaml.safe_load(machine.read(PATH)) or {}).get("Artifacts") or {}


def save(machine, *, provider, containerd, iptables):
    """Write the tracker; the keys are in alphabetical order."""
    artifacts = {
        "CniPlugins": True,
        "Containerd": containerd,
        "IamAuthenticator": True,
        "IamRolesAnywhere": provider == "iam-ra",
        "ImageCredentialProvider": True,
        "Iptables": iptables,
        "Kubectl": True,
        "Kubelet": True,
        "Ssm": provider == "ssm",
    }
    machine.write(PATH, yaml.safe_dump({"Artifacts": artifacts}))
