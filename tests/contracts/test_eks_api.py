"""Every operation and every field of the EKS API has a module and an option, or says why not; docs/eks-api.md tells readers which."""

from __future__ import annotations

import pytest

from tools import eks_api

OPERATIONS = sorted(eks_api.model().operation_names)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_has_a_module_or_a_reason(operation: str) -> None:
    assert (operation in eks_api.MODULES) != (operation in eks_api.NO_MODULE)


@pytest.mark.parametrize("operation", [name for name in OPERATIONS if name in eks_api.MODULES])
def test_every_field_is_an_option_or_says_why_not(operation: str) -> None:
    found = {member: eks_api.answer(operation, member) for member in eks_api.inputs(operation)}
    missing = {member: text for member, (kind, text) in found.items() if kind == "option" and not eks_api.has_option(eks_api.MODULES[operation], text)}
    assert not missing
    assert all(len(text) > 8 for kind, text in found.values() if kind == "why")


def test_nothing_is_said_of_what_is_not_there() -> None:
    assert set(eks_api.MODULES) | set(eks_api.NO_MODULE) == set(OPERATIONS)
    fields = [f"{operation}.{member}" for operation in OPERATIONS for member in eks_api.inputs(operation)]
    stale = [key for key in (*eks_api.OPTIONS, *eks_api.REASONS) if not any(field == key or field.startswith((key, f"{key}.")) for field in fields)]
    assert not stale


def test_the_page_is_the_newest() -> None:
    assert eks_api.PAGE.read_text(encoding="utf-8") == eks_api.page(), "run tools/eks_api.py"
