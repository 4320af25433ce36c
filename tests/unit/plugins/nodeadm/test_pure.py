"""What is decided about a host before anything runs on it: findings, NodeConfig, names to skip, nodeadm's log."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.fleetops.eks.plugins.module_utils._core.errors import Refusal
from ansible_collections.fleetops.eks.plugins.module_utils._nodeadm import logs, node_config, preflight, skips

FIT: dict[str, Any] = {
    "uid": 0,
    "systemd": True,
    "architecture": "x86_64",
    "package_manager": "apt",
    "memory_mib": 2048,
    "swaps": [],
    "addresses": ["192.0.2.11"],
    "other_distributions": [],
    "kubelet_active": False,
    "tracker": None,
    "registered": False,
    "node_name": None,
    "registration_region": None,
    "cni_files": [],
    "aws_profiles": [],
    "machine_id": "0" * 32,
}
NETWORKS = {"remote_node_networks": ["192.0.2.0/24"]}
JOINED = {
    "registered": True,
    "kubelet_active": True,
    "tracker": {"Kubelet": "true"},
    "aws_profiles": ["default"],
    "cni_files": ["/etc/cni/net.d/05-cilium.conflist"],
}


@pytest.mark.parametrize(
    ("facts", "wanted", "words"),
    [
        ({}, {}, []),
        ({}, NETWORKS, []),
        (JOINED, NETWORKS, []),
        ({**JOINED, "registered": False, "node_name": "edge-a1"}, NETWORKS, []),  # joined with Roles Anywhere
        ({"uid": 1000}, {}, ["does not run as root"]),
        ({"systemd": False}, {}, ["systemd does not run it"]),
        ({"architecture": "riscv64"}, {}, ["architecture is riscv64"]),
        ({"package_manager": None}, {}, ["neither apt nor yum"]),
        ({"package_manager": None}, {"private_mode": True}, []),
        ({"memory_mib": 512}, {}, ["512 MiB of memory"]),
        ({"swaps": [{"path": "/dev/sda2", "type": "partition"}]}, {}, ["swap partition /dev/sda2"]),
        ({"swaps": [{"path": "/swapfile", "type": "file"}]}, {}, []),
        ({"addresses": ["198.51.100.7"]}, NETWORKS, ["none of its addresses (198.51.100.7) lies in"]),
        ({"addresses": ["198.51.100.7", "192.0.2.11"]}, NETWORKS, []),
        ({"addresses": ["198.51.100.7", "192.0.2.11"]}, {**NETWORKS, "node_ip": "198.51.100.7"}, ["none of its addresses (198.51.100.7)"]),
        ({}, {**NETWORKS, "node_ip": "192.0.2.99"}, ["192.0.2.99 is not one of its addresses"]),
        ({}, {"node_ip": "eth0"}, ["eth0 is not one of its addresses"]),
        ({}, {"remote_node_networks": ["192.0.2.1/24"]}, []),
        ({"other_distributions": ["k3s", "rke2"]}, {}, ["k3s is on it", "RKE2 is on it"]),
        ({"kubelet_active": True}, {}, ["a kubelet runs that nodeadm did not install"]),
        ({"cni_files": ["/etc/cni/net.d/10-old.conf"]}, {}, ["an earlier CNI left /etc/cni/net.d/10-old.conf"]),
        ({"aws_profiles": ["backup"]}, {}, ["AWS configuration has profiles (backup)"]),
        ({"registered": True, "registration_region": "eu-west-1"}, {"region": "us-east-1"}, ["registered with Systems Manager in eu-west-1"]),
        ({"registered": True, "registration_region": "us-east-1"}, {"region": "us-east-1"}, []),
        ({"machine_id": ""}, {}, ["/etc/machine-id is empty"]),
        ({"uid": 1000, "memory_mib": 1, "machine_id": ""}, {}, ["root", "memory", "machine-id"]),
    ],
)
def test_what_speaks_against_a_join_is_told_at_once(facts: dict[str, Any], wanted: dict[str, Any], words: list[str]) -> None:
    found = preflight.findings({**FIT, **facts}, wanted)
    assert len(found) == len(words)
    assert all(word in finding["what"] for word, finding in zip(words, found, strict=True))
    assert all(finding["remedy"].endswith(".") for finding in found)


def options(**given: Any) -> dict[str, Any]:
    return {"cluster_name": "edge", "region": "us-east-1", "credential_provider": "ssm", "enable_credentials_file": True, **given}


ACTIVATION_ID, CODE = "9f1c2d3e-4a5b-6c7d-8e9f-0a1b2c3d4e5f", "Sup3rSecretActivationCode"
ANYWHERE = {"node_name": "edge-a1", "trust_anchor_arn": "arn:a", "profile_arn": "arn:p", "role_arn": "arn:r"}


def test_a_node_config_with_an_activation() -> None:
    assert node_config.build(options(), activation_id=ACTIVATION_ID, activation_code=CODE) == {
        "apiVersion": "node.eks.aws/v1alpha1",
        "kind": "NodeConfig",
        "spec": {
            "cluster": {"name": "edge", "region": "us-east-1"},
            "hybrid": {"enableCredentialsFile": True, "ssm": {"activationCode": CODE, "activationId": ACTIVATION_ID}},
        },
    }


def test_what_is_not_said_is_left_out() -> None:
    spec = node_config.build(options(kubelet_config={}, kubelet_flags=None, containerd_config=""))["spec"]
    assert set(spec) == {"cluster", "hybrid"}
    full = node_config.build(options(kubelet_config={"maxPods": 40}, kubelet_flags=["--v=2"], containerd_config="version = 2"))["spec"]
    assert full["kubelet"] == {"config": {"maxPods": 40}, "flags": ["--v=2"]}
    assert full["containerd"] == {"config": "version = 2"}


def test_roles_anywhere_writes_its_paths_out_for_config_check_applies_no_defaults() -> None:
    hybrid = node_config.build(options(credential_provider="iam-ra", iam_roles_anywhere=ANYWHERE))["spec"]["hybrid"]
    assert hybrid["iamRolesAnywhere"]["certificatePath"] == "/etc/iam/pki/server.pem"
    assert "ssm" not in hybrid
    with pytest.raises(Refusal, match="lacks trustAnchorArn, profileArn"):
        node_config.build(options(credential_provider="iam-ra", iam_roles_anywhere={"node_name": "a", "role_arn": "arn:r"}))


def test_a_scrubbed_config_is_one_that_nodeadm_takes() -> None:
    ssm = node_config.build(options())["spec"]["hybrid"]["ssm"]
    node_config.check_activation(ssm["activationId"], ssm["activationCode"])


@pytest.mark.parametrize(("activation_id", "code"), [("not-a-uuid", CODE), (ACTIVATION_ID, "Sh0rtSecret"), (ACTIVATION_ID, "L0ng" * 100)])
def test_a_malformed_activation_is_refused_without_printing_its_code(activation_id: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        node_config.check_activation(activation_id, code)
    assert code not in f"{refused.value} {refused.value.facts}"


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"activation_id": ACTIVATION_ID, "activation_code": CODE}, True),
        ({"skip": ["proxy-validation"]}, True),
        ({"kubelet_flags": ["--v=4"]}, False),
        ({"enable_credentials_file": False}, False),
        ({"cluster_name": "other"}, False),
    ],
)
def test_the_fingerprint_is_of_what_init_writes_and_not_of_the_activation(change: dict[str, Any], same: bool) -> None:
    versions = {"nodeadm": "v1.0.20", "kubernetes": "v1.35.1"}
    assert (node_config.fingerprint(options(), **versions) == node_config.fingerprint(options(**change), **versions)) is same


def test_the_fingerprint_tells_versions_apart() -> None:
    of = node_config.fingerprint
    assert len({of(options(), nodeadm=n, kubernetes=k) for n in ("v1.0.19", "v1.0.20") for k in ("v1.34.2", "v1.35.1")}) == 4


@pytest.mark.parametrize("name", sorted(skips.INIT))
def test_a_name_that_init_matches_is_taken(name: str) -> None:
    skips.check([name], skips.INIT)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ssm-api-network-validation", "ssm-api-network-validation is really ssm-api-network."),
        ("iam-ra-api-network-validation", "is really iam-ra-api-network."),
        ("credentials-validation", "no validation or phase credentials-validation"),
        ("k8s-endpoint-network-validation", "no validation or phase k8s-endpoint-network-validation"),
        ("pod-validation", "Choose of"),
        ("Proxy-Validation", "no validation or phase"),
    ],
)
def test_a_name_that_init_takes_and_ignores_is_refused(name: str, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        skips.check([name], skips.INIT)


def line(**entry: Any) -> bytes:
    return json.dumps(entry).encode() + b"\n"


@pytest.mark.parametrize(
    ("stderr", "reason"),
    [
        (b"", "it said nothing"),
        (line(level="info", msg="Loading configuration..."), "Loading configuration..."),
        (line(level="fatal", msg="Command failed", error="eks cluster is not active"), "eks cluster is not active"),
        (line(level="fatal", error="first") + line(level="info", msg="after it"), "first"),
        (b"panic: no such file\n", "panic: no such file"),
        (b"3\n" + line(error="a line that is JSON and no object is passed over"), "a line that is JSON and no object is passed over"),
        (
            line(level="error", error="node IP not in networks", remediation="Add the network.") * 2 + line(error="node IP not in networks"),
            "node IP not in networks Add the network.",
        ),
        (line(error=f"running command [agent -code {CODE} -id x]"), "running command [agent -code ******** -id x]"),
        (b'{"error": "checksum \xff\xfe differs"}\n', "checksum \N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER} differs"),
    ],
)
def test_why_nodeadm_failed_in_its_own_words_without_secrets(stderr: bytes, reason: str) -> None:
    assert logs.reason(stderr, [CODE, ""]) == reason
