"""One file, many programs: the name it is called by, or was packed for, decides."""

from __future__ import annotations

import os
import sys

from standin import containerd, kubelet, nodeadm, ssm_agent, tools
from standin.machine import Machine

PROGRAMS = {
    "nodeadm": nodeadm.main,
    "kubelet": kubelet.main,
    "amazon-ssm-agent": ssm_agent.main,
    "ssm-setup-cli": ssm_agent.setup,
    "containerd": containerd.main,
    "runc": containerd.runc,
    "kubectl": tools.kubectl,
    "ecr-credential-provider": tools.ecr_credential_provider,
    "aws-iam-authenticator": tools.authenticator,
    "aws_signing_helper": tools.signing_helper,
}


def main(name, version):
    """Run the program and return its exit code."""
    called = os.path.basename(sys.argv[0])
    return PROGRAMS.get(called, PROGRAMS[name])(Machine(dict(os.environ)), sys.argv[1:], version)
