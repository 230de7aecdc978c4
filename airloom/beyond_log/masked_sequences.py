"""Events as the generator reads them: the newest of a history, then blanks for the purchases to come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from airloom.beyond_log.network import HIDDEN_CONTENT, HIDDEN_PRODUCT, MaskedSequences, gap_buckets
from airloom.ranking.history import UserHistory
from airloom.statistics.sequences import IS_COMMERCE


class EventRows(NamedTuple):
    """B sequences of L positions.

    Attributes:
        objects: int64 [B, L], rows of the snapshot, -1 where there is nothing or nothing is known.
        actions: int64 [B, L], indices into `ACTIONS`; any number without an event.
        timestamps: int64 [B, L], seconds; any number without an event.
    """

    objects: NDArray[np.int64]
    actions: NDArray[np.int64]
    timestamps: NDArray[np.int64]

    @classmethod
    def of_histories(cls, histories: Sequence[UserHistory], *, max_events: int, blanks: int) -> EventRows:
        """Return the newest events of histories before unknown blanks; one row for each history."""
        shape = (len(histories), max_events + blanks)
        objects, actions, timestamps = np.full(shape, -1, np.int64), *np.zeros((2, *shape), np.int64)
        for row, history in enumerate(histories):
            newest = history.newest(max_events)
            columns = slice(max_events - len(newest.objects), max_events)
            objects[row, columns] = newest.objects
            actions[row, columns] = newest.actions
            timestamps[row, columns] = newest.timestamps
        return cls(objects, actions, timestamps)

    def masked(self, codes: NDArray[np.int32], masked: NDArray[np.bool_], *, blanks: int) -> MaskedSequences:
        """Return the sequences with some tokens hidden.

        Args:
            codes: int32 [O, M], tokens of all objects.
            masked: bool [B, L, M], tokens that are not to be seen.
            blanks: The number of positions at the end that are purchases to come: what is done there and when
                is never seen, also where the object is.
        """
        there = self.objects >= 0
        is_blank = np.arange(self.objects.shape[1]) >= self.objects.shape[1] - blanks
        hidden = masked.any(axis=2) | is_blank
        product = IS_COMMERCE[self.actions] | is_blank
        actions = np.where(hidden, np.where(product, HIDDEN_PRODUCT, HIDDEN_CONTENT), self.actions)
        newest = np.where(there & ~is_blank, self.timestamps, 0).max(axis=1, keepdims=True)
        gaps = np.where(is_blank, 0, gap_buckets(self.timestamps, newest))
        padding = ~(there | is_blank)
        return MaskedSequences(
            torch.from_numpy(codes[np.maximum(self.objects, 0)].astype(np.int64)),
            torch.from_numpy(masked | ~there[:, :, None]),
            torch.from_numpy(actions),
            torch.from_numpy(gaps),
            torch.from_numpy(padding),
        )
