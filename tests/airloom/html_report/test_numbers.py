from __future__ import annotations

from datetime import date

import pytest

from airloom.html_report.numbers import format_days, format_duration, format_number, format_percent


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (0.012345, "0.01235"), (-12.5, "-12.5"), (98765.4, "98,765"), (float("nan"), "–")],
)
def test_a_number_has_four_digits_that_count(value: float, text: str) -> None:
    assert format_number(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (59.4, "59.4 s"), (59.6, "1 min 0 s"), (7_263.0, "121 min 3 s")]
)
def test_a_duration_has_tenths_only_below_a_minute(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


def test_a_change_has_its_sign_and_a_share_has_none() -> None:
    assert (format_percent(0.12345), format_percent(0.079, signed=True)) == ("12.3 %", "+7.9 %")
    assert format_percent(-0.079, signed=True) == "−7.9 %"


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        (date(2026, 3, 14), date(2026, 3, 14), "14 March 2026"),
        (date(2026, 3, 14), date(2026, 3, 15), "14-15 March 2026"),
        (date(2026, 2, 28), date(2026, 3, 1), "28 February to 1 March 2026"),
        (date(2025, 12, 31), date(2026, 1, 1), "31 December 2025 to 1 January 2026"),
    ],
)
def test_days_are_written_once(first: date, last: date, text: str) -> None:
    assert format_days(first, last) == text
