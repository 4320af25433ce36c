"""The roles' defaults are at least as good as those of terraform-aws-eks v21.19, row by row; the example's production tier is stricter."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
STRENGTH = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")


def default(variable: str) -> Any:
    role = next(path for path in (ROOT / "roles").iterdir() if variable.startswith(f"{path.name}_"))
    return yaml.safe_load((role / "defaults" / "main.yml").read_text(encoding="utf-8"))[variable]


def task(role: str, module: str) -> dict[str, Any]:
    """Return what a role hands to a module."""
    tasks = yaml.safe_load((ROOT / "roles" / role / "tasks" / "main.yml").read_text(encoding="utf-8"))
    return next(each[module] for each in tasks if module in each)


def production(inventory: str) -> dict[str, Any]:
    folder = ROOT / "inventories" / inventory / "group_vars"
    return {**yaml.safe_load((folder / "eks_clusters.yml").read_text()), **yaml.safe_load((folder / "production.yml").read_text())}


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


@pytest.mark.parametrize("inventory", ["example", "sandbox"])
def test_production_is_stricter(inventory: str) -> None:
    found = production(inventory)
    assert found["eks_cluster_deletion_protection"] is True
    assert sorted(found["eks_cluster_logging"]) == ["api", "audit", "authenticator", "controllerManager", "scheduler"]
    assert (found["eks_cluster_endpoint_private_access"], found["eks_cluster_endpoint_public_access"]) == (True, False)
    assert found.get("eks_foundation_encryption", True) is True
