from __future__ import annotations

import numpy as np

from airloom.simulation.events import user_ids


def test_user_ids_sort_like_their_numbers() -> None:
    ids = user_ids(np.array([0, 9, 10, 2_999, 1_234_567])).to_pylist()
    assert ids == ["u0000000", "u0000009", "u0000010", "u0002999", "u1234567"]
    assert ids == sorted(ids)
