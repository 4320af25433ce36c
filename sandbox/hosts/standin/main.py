"""One file, many programs: the name it is called by, or was packed for, decides."""

from __future__ import annotations

import importlib
import os
import sys

from standin.machine import Machine

# program → (module, function); only what is called is imported: a program is a zip, and compiling all of it takes longer than most runs.
PROGRAMS = {
    "nodeadm": ("nodeadm", "main"),
    "kubelet": ("kubelet", "main"),
    "amazon-ssm-agent": ("ssm_agent", "main"),
    "ssm-setup-cli": ("ssm_agent", "setup"),
    "containerd": ("containerd", "main"),
    "runc": ("containerd", "runc"),
    "kubectl": ("tools", "kubectl"),
    "ecr-credential-provider": ("tools", "ecr_credential_provider"),
    "aws-iam-authenticator": ("tools", "authenticator"),
    "aws_signing_helper": ("tools", "signing_helper"),
}


def main(name, version):
    """Run the program and return its exit code."""
    called = os.path.basename(sys.argv[0])
    module, function = PROGRAMS.get(called, PROGRAMS[name])
    return getattr(importlib.import_module(f"standin.{module}"), function)(Machine(dict(os.environ)), sys.argv[1:], version)
