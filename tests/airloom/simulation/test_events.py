from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from airloom.simulation.events import microseconds, midnight, moment, user_ids


def test_user_ids_sort_like_their_numbers() -> None:
    ids = user_ids(np.array([0, 9, 10, 2_999, 1_234_567])).to_pylist()
    assert ids == ["u0000000", "u0000009", "u0000010", "u0002999", "u1234567"]
    assert ids == sorted(ids)


@given(st.integers(0, 4 * 10**15))
def test_moments_and_microseconds_are_each_others_inverse(count: int) -> None:
    assert microseconds(moment(count)) == count


def test_days_begin_at_midnight_utc() -> None:
    assert moment(midnight(date(2026, 3, 2))) == datetime(2026, 3, 2, tzinfo=UTC)
