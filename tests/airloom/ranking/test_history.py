from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from airloom.ranking.history import UserHistory


@given(timestamps=st.lists(st.integers(0, 20), max_size=12).map(sorted), now=st.integers(-1, 22))
def test_before_keeps_exactly_what_happened_earlier(timestamps: list[int], now: int) -> None:
    count = len(timestamps)
    history = UserHistory(
        np.arange(count, dtype=np.int32), np.zeros(count, np.int8), np.array(timestamps, np.int64)
    )
    past = history.before(now)
    assert past.timestamps.tolist() == [timestamp for timestamp in timestamps if timestamp < now]
    assert past.objects.tolist() == list(range(len(past.timestamps)))


def test_nobody_has_no_history() -> None:
    assert not UserHistory.empty()
    assert not UserHistory.empty().before(10)
