"""Histories cut into windows of the length that the encoder reads."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.statistics.sequences import Sequences


class HistoryWindows(NamedTuple):
    """Pieces of histories: the events from `starts` to before `ends`, int64 [W] each."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, sequences: Sequences, *, max_events: int) -> HistoryWindows:
        """Cut every user's events, from the end, into windows of `max_events` and the event that follows."""
        first, last = sequences.starts[:-1], sequences.starts[1:]
        counts = np.maximum(np.ceil((last - first - 1) / max_events), 1).astype(np.int64)
        users = np.repeat(np.arange(len(first)), counts)
        number = np.arange(len(users)) - np.repeat(np.cumsum(counts) - counts, counts)
        ends = last[users] - number * max_events
        return cls(np.maximum(first[users], ends - max_events - 1), ends)

    def event_indices(self, windows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the indices of the events of some windows, int64 [n, L], padded in front with -1."""
        length = int((self.ends[windows] - self.starts[windows]).max())
        indices = self.ends[windows][:, None] + np.arange(-length, 0)
        return np.where(indices >= self.starts[windows][:, None], indices, -1)
