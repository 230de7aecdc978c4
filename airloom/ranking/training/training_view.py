"""The training data of one moment: a snapshot, and the events of all users before it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from airloom.logs.lake import Lake
from airloom.ranking.snapshot import Snapshot
from airloom.statistics.sequences import Sequences, read_sequences


class TrainingView(NamedTuple):
    """All that a ranker may learn from before a moment: nothing later is in it (point-in-time correct).

    Attributes:
        snapshot: Knows objects and statistics before that moment.
        sequences: The events of all users before it, objects as rows of the snapshot.
    """

    snapshot: Snapshot
    sequences: Sequences

    @classmethod
    def read(cls, lake: Lake, snapshot: Snapshot, *, days: int) -> TrainingView:
        """Return the view of `snapshot` with the events of the `days` days before it, of objects it knows."""
        sequences, ids = read_sequences(lake, before=snapshot.before, days=days)
        rows = [snapshot.index.get(object_id, -1) for object_id in ids.to_pylist()]
        return cls(snapshot, sequences.with_rows(np.array(rows, np.int32)))
