from __future__ import annotations

import pytest

from components.closed_day.component import closed_day


@pytest.mark.parametrize(
    ("day", "scheduled_at", "expected"),
    [
        ("2026-03-15", "{{unresolved}}", "2026-03-15"),
        ("", "2026-03-16T01:30:00Z", "2026-03-15"),
        ("", "2026-03-01T01:30:00+00:00", "2026-02-28"),
    ],
)
def test_the_given_day_or_the_one_before_the_schedule(day: str, scheduled_at: str, expected: str) -> None:
    assert closed_day.python_func(day=day, scheduled_at=scheduled_at) == expected


def test_a_day_that_is_no_date_is_refused() -> None:
    with pytest.raises(ValueError, match="15 March"):
        closed_day.python_func(day="15 March", scheduled_at="")
