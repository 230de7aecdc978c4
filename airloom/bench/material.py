"""What every model of the benchmark may learn from: the training events, divided into a past and labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.bench.dataset import MOST_BEFORE
from airloom.bench.shop import Shop
from airloom.ranking.history import UserHistory
from airloom.ranking.statistics.sequences import Sequences
from airloom.ranking.training.examples import Example
from airloom.ranking.training.past import Past

LEAST_BEFORE = 3
"""Events that a label's user must have before it."""


class Material(NamedTuple):
    """Training events and what follows from them.

    Attributes:
        labels: The last purchases of some users, by time, with what came before: what second stages learn.
        before: The events without the labels, and the snapshot that they give.
        now: All events, and the snapshot that they give; every model is judged with it.
    """

    labels: list[Example]
    before: Past
    now: Past


def divide(
    shop: Shop, training: Sequences, *, domains: Sequence[str], most_labels: int, seed: int
) -> Material:
    """Hold out the last purchases of some users, and build both snapshots.

    Users of several domains come first: the cases are about them, and a second stage that learns from others
    alone trusts other features (-.03 HR@10 on held-out rows of Food-Kitchen).

    Args:
        shop: Makes snapshots.
        training: All events.
        domains: Of every object.
        most_labels: Users whose last purchase becomes a label, at most.
        seed: Decides which of them.
    """
    as_of = int(training.timestamps.max()) + 1
    ends = training.starts[1:] - 1
    before = ends - training.starts[:-1]
    fit = np.flatnonzero((before >= LEAST_BEFORE) & training.about_products[ends])
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(fit)
    chosen = chosen[np.argsort(~_of_several(training, domains)[chosen], kind="stable")][:most_labels]
    # mixed again: where all are of one day, those held out to stop by are the last, and must be like the rest
    chosen = rng.permutation(chosen)
    chosen = chosen[np.argsort(training.timestamps[ends[chosen]], kind="stable")]
    kept = np.ones(len(training.users), np.bool_)
    kept[ends[chosen]] = False
    past = training.where(kept)
    labels = [
        _label(training, start, end)
        for start, end in zip(training.starts[chosen].tolist(), ends[chosen].tolist(), strict=True)
    ]
    return Material(
        labels, *(Past(shop.snapshot(events, as_of=as_of), events) for events in (past, training))
    )


def _of_several(training: Sequences, domains: Sequence[str]) -> NDArray[np.bool_]:
    """Which users have events of several domains, bool [users]."""
    numbers = np.unique(domains, return_inverse=True)[1][training.objects]
    starts = training.starts[:-1]
    several: NDArray[np.bool_] = np.maximum.reduceat(numbers, starts) > np.minimum.reduceat(numbers, starts)
    return several


def _label(training: Sequences, start: int, place: int) -> Example:
    """The event at `place`, of a user whose events begin at `start`."""
    mine = slice(max(start, place - MOST_BEFORE), place)
    history = UserHistory(training.objects[mine], training.actions[mine], training.timestamps[mine])
    return Example(
        user_id=str(training.users[place]),
        history=history,
        target=int(training.objects[place]),
        now=max(int(training.timestamps[place]), int(history.timestamps[-1]) + 1),
        weight=1.0,
    )
