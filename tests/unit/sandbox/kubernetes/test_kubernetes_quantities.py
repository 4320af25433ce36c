"""What quantities come back as."""

from __future__ import annotations

import pytest

from sandbox.kubernetes import quantities


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ("1000m", "1"),
        ("1.5", "1500m"),
        ("0.5Gi", "512Mi"),
        ("2048Ki", "2Mi"),
        ("0.5Ki", "512"),
        ("1500M", "1500M"),
        ("2000M", "2G"),
        ("2e3", "2e3"),
        ("2e4", "20e3"),
        ("1e0", "1"),
        ("0Gi", "0"),
        ("-1024Mi", "-1Gi"),
        ("1e-10", "1e-9"),
    ],
)
def test_one_form_of_an_amount(said: str, given: str) -> None:
    assert quantities.canonical(said) == given
    assert quantities.canonical(given) == given


def test_what_is_no_quantity() -> None:
    with pytest.raises(ValueError, match="quantities must match the regular expression: 1Q"):
        quantities.canonical("1Q")
