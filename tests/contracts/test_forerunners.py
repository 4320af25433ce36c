"""Every known defect of community.aws's EKS modules is a named regression test at the level of the module, where it would show."""

from __future__ import annotations

import pathlib
import re

import pytest

MODULES = pathlib.Path(__file__).resolve().parents[1] / "integration" / "modules"
DEFECTS: dict[str, tuple[str, ...]] = {
    "eks_cluster": ("ec2", "ec3", "ec4", "ec6", "ec7", "ec8", "ec9", "ec10", "ec11"),
    "eks_nodegroup": ("ng2", "ng4", "ng5", "ng6", "ng7", "ng8", "ng9", "ng10", "ng12", "ng13", "ng14", "ng15", "ng16", "ng19", "ng20"),
    "eks_fargate_profile": ("fp1", "fp2"),
}


@pytest.mark.parametrize(("module", "defect"), [(module, defect) for module, defects in DEFECTS.items() for defect in defects])
def test_a_defect_has_a_test_of_its_name(module: str, defect: str) -> None:
    text = (MODULES / f"test_{module}.py").read_text(encoding="utf-8")
    assert re.search(rf"^def test_{defect}_\w+\(", text, re.MULTILINE), f"tests/integration/modules/test_{module}.py has no test_{defect}_…"
