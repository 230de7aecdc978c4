from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from airloom.csr import csr_take


@given(st.lists(st.integers(0, 5), min_size=1, max_size=8), st.data())
def test_it_takes_the_rows_of_every_requested_list_in_the_order_of_requests(
    lengths: list[int], data: st.DataObject
) -> None:
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    requested = data.draw(st.lists(st.integers(0, len(lengths) - 1), max_size=6))
    rows, lists = csr_take(offsets, np.array(requested, np.int64))
    expected = [
        (row, index)
        for index, item in enumerate(requested)
        for row in range(offsets[item], offsets[item + 1])
    ]
    assert list(zip(rows.tolist(), lists.tolist(), strict=True)) == expected
