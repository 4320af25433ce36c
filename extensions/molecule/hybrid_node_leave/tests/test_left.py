"""What leaving leaves on a host: nothing that makes it a node."""

from __future__ import annotations

from typing import Any

import pytest

GONE = (
    "/opt/nodeadm/tracker",
    "/usr/bin/kubelet",
    "/usr/local/bin/kubectl",
    "/usr/local/bin/nodeadm",
    "/opt/cni",
    "/etc/cni/net.d/05-cilium.conflist",
    "/etc/eks",
    "/etc/kubernetes",
    "/etc/fleetops",
    "/root/.aws/credentials",
    "/var/lib/kubelet/kubeconfig",
    "/var/lib/amazon/ssm/registration",
    "/var/lib/amazon/ssm/Vault/Store/RegistrationKey",
)


@pytest.mark.parametrize("path", GONE)
def test_it_is_gone(host: Any, path: str) -> None:
    assert not host.file(path).exists


@pytest.mark.parametrize("unit", ["kubelet", "amazon-ssm-agent"])
def test_the_daemons_are_gone(host: Any, unit: str) -> None:
    assert not host.service(unit).is_running
