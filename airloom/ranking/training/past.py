"""What is known at a moment: what a snapshot says, and what everybody had done."""

from __future__ import annotations

from typing import NamedTuple

from airloom.ranking.snapshot import Snapshot
from airloom.ranking.statistics.sequences import Sequences


class Past(NamedTuple):
    """All that a ranker may learn from before a moment.

    Attributes:
        snapshot: As of that moment.
        sequences: Everybody's events before it, objects as rows of the snapshot.
    """

    snapshot: Snapshot
    sequences: Sequences
