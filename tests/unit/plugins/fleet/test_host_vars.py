"""A declaration as a file: what is read back is what was written, by every reader of YAML."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.fleetops.eks.plugins.module_utils._fleet.host_vars import text
from hypothesis import given
from hypothesis import strategies as st


class Reader(yaml.SafeLoader):
    """What is marked !unsafe is text."""


Reader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def back(variables: dict[str, Any]) -> Any:
    return yaml.load(text("a title", {"eks_cluster": variables}), Reader)


@pytest.mark.parametrize("value", ["1.30", "yes", "No", "on", "007", "0x10", "1e3", "0o7", "12:30:45", "2026-01-01", "null", "~", "", "y", "1_000", ".5", "-1"])
def test_a_text_that_looks_otherwise_is_quoted(value: str) -> None:
    assert f'key: "{value}"\n' in text("t", {"": {"key": value}})
    assert back({"key": value}) == {"key": value}


@pytest.mark.parametrize("value", ["10.0.0.0/16", "m7g.large", "arn:aws:iam::111122223333:role/x", "30m"])
def test_a_plain_text_is_plain(value: str) -> None:
    assert f"key: {value}\n" in text("t", {"": {"key": value}})


@pytest.mark.parametrize("value", ["{{ secret }}", "people:{{SessionName}}", "{% if x %}", "{# no #}"])
def test_a_text_that_looks_like_a_template_stays_text(value: str) -> None:
    assert "key: !unsafe '" in text("t", {"": {"key": value}})
    assert back({"key": [value]}) == {"key": [value]}


def test_each_block_names_its_reader() -> None:
    shown = text("a title", {"": {"aws_region": "r"}, "eks_nodes": {"eks_nodes_groups": []}})
    assert shown.startswith("---\n# a title\n\n# site.yml: ")
    assert "\n\n# eks_nodes: " in shown


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20)
VALUES = st.recursive(st.one_of(TEXTS, st.integers(), st.booleans()), lambda inner: st.one_of(st.lists(inner), st.dictionaries(TEXTS, inner)), max_leaves=8)


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_whatever_is_written_is_read_back(variables: dict[str, Any]) -> None:
    assert (back(variables) or {}) == variables
