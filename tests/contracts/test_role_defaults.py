"""The roles' defaults are at least as good as those of terraform-aws-eks v21.19, row by row; the example's production tier is stricter."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
from typing import Any

import pytest
import yaml
from ansible_collections.fleetops.eks.plugins.modules import eks_addons

ROOT = pathlib.Path(__file__).resolve().parents[2]
STRENGTH = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")


def default(variable: str) -> Any:
    role = next(path for path in (ROOT / "roles").iterdir() if variable.startswith(f"{path.name}_"))
    return yaml.safe_load((role / "defaults" / "main.yml").read_text(encoding="utf-8"))[variable]


def task(role: str, module: str) -> dict[str, Any]:
    """Return what a role hands to a module."""
    tasks = yaml.safe_load((ROOT / "roles" / role / "tasks" / "main.yml").read_text(encoding="utf-8"))
    return next(each[module] for each in tasks if module in each)


def production(inventory: str, home: pathlib.Path) -> dict[str, dict[str, Any]]:
    """Return the variables of each production host, as Ansible sees them: what a host or a region overrides counts."""
    command = [str(pathlib.Path(sys.executable).parent / "ansible-inventory"), "-i", str(ROOT / "inventories" / inventory), "--list"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "FLEETOPS_SANDBOX_STATE": str(home / "none"), "ANSIBLE_HOME": str(home / "ansible")}
    listed = json.loads(subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=True).stdout)
    return {name: listed["_meta"]["hostvars"][name] for name in listed["production"]["hosts"]}


def test_who_enters_is_said_by_entries() -> None:
    assert STRENGTH.index(default("eks_cluster_authentication_mode")) >= STRENGTH.index("API_AND_CONFIG_MAP")


@pytest.mark.parametrize("option", ["bootstrap_cluster_creator_admin_permissions", "bootstrap_self_managed_addons"])
def test_nothing_is_there_by_having_created_the_cluster(option: str) -> None:
    assert task("eks_cluster", "fleetops.eks.eks_cluster")[option] is False


def test_the_endpoint_is_private_only() -> None:
    assert (default("eks_cluster_endpoint_private_access"), default("eks_cluster_endpoint_public_access")) == (True, False)


def test_logs_are_written_and_kept_for_ninety_days() -> None:
    assert {"audit", "api", "authenticator"} <= set(default("eks_cluster_logging"))
    assert default("eks_foundation_log_group") is True
    assert default("eks_foundation_log_retention_days") == 90


def test_secrets_are_encrypted_with_a_key_that_rotates() -> None:
    assert default("eks_foundation_encryption") is True
    assert task("eks_foundation", "amazon.aws.kms_key")["enable_key_rotation"] is True


def test_service_accounts_may_assume_roles() -> None:
    assert default("eks_cluster_irsa") is True


def test_an_addon_that_is_there_is_not_overwritten_by_making_it() -> None:
    options = eks_addons.SPEC["argument_spec"]["addons"]["options"]
    assert (default("eks_addons_resolve_conflicts_on_create"), options["resolve_conflicts"]["default"]) == ("none", "overwrite")


def test_what_an_addon_runs_outlives_it() -> None:
    assert default("eks_addons_preserve") is True


STRICTER = {
    "eks_cluster_endpoint_private_access": True,
    "eks_cluster_endpoint_public_access": False,
    "eks_cluster_deletion_protection": True,
    "eks_foundation_encryption": True,
    "eks_foundation_log_group": True,
}
"""What production says itself, whatever roles and other tiers do."""


@pytest.mark.parametrize("inventory", ["example", "sandbox"])
def test_production_is_stricter(inventory: str, tmp_path: pathlib.Path) -> None:
    hosts = production(inventory, tmp_path)
    assert hosts
    for name, found in hosts.items():
        assert {variable: found.get(variable) for variable in STRICTER} == STRICTER, name
        assert sorted(found["eks_cluster_logging"]) == ["api", "audit", "authenticator", "controllerManager", "scheduler"], name
        assert found["eks_foundation_log_retention_days"] >= default("eks_foundation_log_retention_days"), name
        assert not found.get("eks_cluster_public_access_cidrs"), name


def test_what_karpenter_needs_is_asked_for_and_forgets_in_five_minutes() -> None:
    assert default("eks_foundation_karpenter") is False
    assert default("eks_foundation_karpenter_queue_retention_seconds") == 300
    assert task("eks_foundation", "fleetops.eks.eks_interruption_queue")["message_retention_period"] == "{{ eks_foundation_karpenter_queue_retention_seconds }}"


def test_a_private_cluster_has_the_endpoints_that_its_nodes_need() -> None:
    needed = {"ec2", "ecr.api", "ecr.dkr", "sts", "logs", "eks", "eks-auth", "ssm", "elasticloadbalancing", "autoscaling"}
    assert needed <= set(default("eks_foundation_vpc_endpoint_services"))


def test_a_network_is_made_where_it_is_asked_for_only() -> None:
    assert (default("eks_foundation_vpc_cidr"), default("eks_foundation_vpc_nat"), default("eks_foundation_vpc_endpoints")) == ("", "none", False)


def test_the_nodes_security_group_has_the_recommended_ports() -> None:
    found = yaml.safe_load((ROOT / "roles" / "eks_foundation" / "vars" / "main" / "network.yml").read_text(encoding="utf-8"))
    assert set(found["__eks_foundation_node_ports_of_control_plane"]) == {443, 4443, 6443, 8443, 9443, 10250, 10251}
    assert {(rule["proto"], str(rule["ports"][0])) for rule in found["__eks_foundation_node_rules"][1:]} == {
        ("tcp", "53"),
        ("udp", "53"),
        ("tcp", "1025-65535"),
    }
