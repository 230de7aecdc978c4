from __future__ import annotations

import numpy as np

from airloom.ranking.training.history_windows import HistoryWindows
from airloom.statistics.sequences import Sequences


def test_windows_cover_every_event_once_as_a_target() -> None:
    counts = [1, 2, 7, 30]
    users = np.repeat(np.arange(4), counts).astype(np.int32)
    events = Sequences(users, users, users.astype(np.int8), np.arange(40))
    windows = HistoryWindows.of(events, max_events=5)
    asked = np.concatenate(
        [np.arange(start + 1, end) for start, end in zip(windows.starts, windows.ends, strict=True)]
    )
    firsts = events.starts[:-1]
    assert sorted(asked.tolist()) == sorted(set(range(40)) - set(firsts.tolist()))
    indices = windows.event_indices(np.arange(len(windows.starts)))
    assert indices.shape[1] == 6
    assert (indices[:, -1] == windows.ends - 1).all()
