from __future__ import annotations

import numpy as np

from airloom.intents.normalize_rows import normalize_rows


def test_rows_have_length_one_and_a_zero_row_stays_zero() -> None:
    rows = normalize_rows(np.array([[3.0, 4.0], [0.0, 0.0]], np.float32))

    np.testing.assert_allclose(rows, [[0.6, 0.8], [0.0, 0.0]], rtol=1e-6)
    assert rows.dtype == np.float32
