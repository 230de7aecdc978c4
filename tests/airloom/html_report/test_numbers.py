from __future__ import annotations

import pytest

from airloom.html_report.numbers import format_number, format_percent


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.012345, "0.01235"), (-12.5, "-12.5"), (98765.4, "98,765"), (float("nan"), "–")],
)
def test_a_number_has_four_digits_that_count(value: float, text: str) -> None:
    assert format_number(value) == text


def test_a_change_has_its_sign_and_a_share_has_none() -> None:
    assert (format_percent(0.12345), format_percent(0.079, signed=True)) == ("12.3 %", "+7.9 %")
    assert format_percent(-0.079, signed=True) == "−7.9 %"
