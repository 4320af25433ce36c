"""What a join leaves on a host."""

from __future__ import annotations

import json
from typing import Any

import pytest

SYSCTL = {"vm.overcommit_memory": "1", "kernel.panic": "10", "kernel.panic_on_oops": "1", "net.ipv4.ip_forward": "1"}


@pytest.mark.parametrize("unit", ["kubelet", "containerd", "amazon-ssm-agent"])
def test_the_daemons_run(host: Any, unit: str) -> None:
    assert host.service(unit).is_running


def test_the_host_is_registered_and_its_node_is_named_after_that(host: Any) -> None:
    instance = json.loads(host.file("/var/lib/amazon/ssm/registration").content_string)["ManagedInstanceID"]
    assert instance.startswith("mi-")
    assert f"--hostname-override={instance}" in host.file("/etc/eks/kubelet/environment").content_string


def test_nodeadm_has_recorded_what_it_installed(host: Any) -> None:
    assert "Kubelet: true" in host.file("/opt/nodeadm/tracker").content_string
    assert host.file("/usr/local/bin/nodeadm").mode == 0o755
    assert host.check_output("/usr/bin/kubelet --version").startswith("Kubernetes v1.35.")


@pytest.mark.parametrize("name", ["node_config.json", "hybrid_node.json"])
def test_our_files_are_root_s_alone(host: Any, name: str) -> None:
    file = host.file(f"/etc/fleetops/{name}")
    assert (file.user, file.mode) == ("root", 0o600)
    assert host.file("/etc/fleetops").mode == 0o700


def test_no_activation_code_is_left(host: Any) -> None:
    config = json.loads(host.file("/etc/fleetops/node_config.json").content_string)
    assert config["spec"]["hybrid"]["ssm"] == {"activationCode": "scrubbed-after-registration", "activationId": "00000000-0000-0000-0000-000000000000"}
    code = activation_code(host)
    assert len(code) >= 20
    # Not in /var/log: sudo notes this very command there.
    assert host.run("grep -rlF -- %s /etc /root /tmp /home /opt /run /var/lib /var/tmp", code).stdout == ""


def activation_code(host: Any) -> str:
    """Return the code as the controller still has it."""
    path = host.ansible.get_variables()["ansible_ssh_private_key_file"].rpartition("/hosts/")[0]
    with open(f"{path}/activation.json", encoding="utf-8") as stream:
        return str(json.load(stream)["activation_code"])


@pytest.mark.parametrize("name", SYSCTL)
def test_kernel_settings_are_written(host: Any, name: str) -> None:
    text = host.file("/etc/sysctl.d/99-nodeadm.conf").content_string.replace(" ", "")
    assert f"{name}={SYSCTL[name]}" in text


def test_pods_find_credentials(host: Any) -> None:
    assert host.file("/eks-hybrid/.aws").linked_to == "/root/.aws"


def test_the_labels_reach_the_kubelet(host: Any) -> None:
    environment = host.file("/etc/eks/kubelet/environment").content_string
    assert "fleetops.io/site=lab" in environment
    assert "eks.amazonaws.com/compute-type=hybrid" in environment
