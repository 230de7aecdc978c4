"""What is known at a moment: what a snapshot says, and what everybody had done."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from airloom.logs.lake import Lake
from airloom.ranking.snapshot import Snapshot
from airloom.statistics.sequences import Sequences, read_sequences


class Past(NamedTuple):
    """All that a ranker may learn from before a moment.

    Attributes:
        snapshot: As of that moment.
        sequences: Everybody's events before it, objects as rows of the snapshot.
    """

    snapshot: Snapshot
    sequences: Sequences

    @classmethod
    def read(cls, lake: Lake, snapshot: Snapshot, *, days: int) -> Past:
        """With the events of the `days` days before `snapshot`, of objects that it knows."""
        read = read_sequences(lake, before=snapshot.before, days=days)
        rows = [snapshot.index.get(object_id, -1) for object_id in read.ids.to_pylist()]
        return cls(snapshot, read.sequences.onto(np.array(rows, np.int32)))
