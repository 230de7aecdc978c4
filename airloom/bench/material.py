"""What every model of the benchmark may learn from: the training events, divided into a past and labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.bench.dataset import MOST_BEFORE
from airloom.bench.shop import Shop
from airloom.errors import AirloomError
from airloom.ranking.history import UserHistory
from airloom.ranking.training.examples import Example
from airloom.ranking.training.past import Past
from airloom.statistics.sequences import Sequences
from airloom.timestamps import EpochSeconds

LEAST_BEFORE = 3
"""Events that a label's user must have before it."""


@dataclass(frozen=True)
class LabelSettings:
    """What is held out of training for second stages to learn from.

    Attributes:
        most: Purchases at most.
        of_a_user: Of one user, the newest ones; more of them where there are few users.
        seed: Decides which, where there are more.
    """

    most: int = 12_000
    of_a_user: int = 1
    seed: int = 0


class Material(NamedTuple):
    """Training events and what follows from them.

    Attributes:
        labels: The newest purchases of some users, by time, with what came before: what second stages learn.
        before: The events without the labels, and the snapshot that they give.
        now: All events, and the snapshot that they give; every model is judged with it.
    """

    labels: list[Example]
    before: Past
    now: Past


def divide(shop: Shop, training: Sequences, *, domains: Sequence[str], settings: LabelSettings) -> Material:
    """Hold out the newest purchases of some users, and build both snapshots.

    Users of several domains come first: the cases are about them, and a second stage that learns from others
    alone trusts other features (-.03 HR@10 on held-out rows of Food-Kitchen).

    Args:
        shop: Makes snapshots.
        training: All events.
        domains: Of every object.
        settings: Which purchases.

    Raises:
        AirloomError: There are too few purchases to learn from.
    """
    if not len(training.users):
        raise AirloomError(
            "There is no training event", do="Give rows to train on, see docs/how-to/benchmark.md"
        )
    before = EpochSeconds(int(training.timestamps.max()) + 1)
    rng = np.random.default_rng(settings.seed)
    chosen = rng.permutation(_newest_purchases(training, settings.of_a_user))
    if not len(chosen):
        raise AirloomError(
            f"No purchase of training has {LEAST_BEFORE} events of its user before it: nothing can be learnt",
            do="Give more or longer histories",
        )
    several = _of_several(training, domains)[chosen]
    chosen = chosen[np.argsort(~several, kind="stable")][: settings.most]
    # mixed again: where all are of one day, those held out to stop by are the last, and must be like the rest
    chosen = rng.permutation(chosen)
    chosen = chosen[np.argsort(training.timestamps[chosen], kind="stable")]
    kept = np.ones(len(training.users), np.bool_)
    kept[chosen] = False
    past = training.where(kept)
    starts = np.searchsorted(training.users, training.users[chosen])
    labels = [
        _label(training, start, place) for start, place in zip(starts.tolist(), chosen.tolist(), strict=True)
    ]
    return Material(
        labels, *(Past(shop.snapshot(events, before=before), events) for events in (past, training))
    )


def _newest_purchases(training: Sequences, of_a_user: int) -> NDArray[np.int64]:
    """Places of the newest purchases of each user that something came before."""
    before = np.arange(len(training.users)) - np.searchsorted(training.users, training.users)
    places = np.flatnonzero(training.about_products & (before >= LEAST_BEFORE))
    users = training.users[places]
    later = np.searchsorted(users, users, side="right") - 1 - np.arange(len(users))
    return places[later < of_a_user]


def _of_several(training: Sequences, domains: Sequence[str]) -> NDArray[np.bool_]:
    """Whether the user of an event has events of several domains, bool [E]."""
    numbers = np.unique(domains, return_inverse=True)[1][training.objects]
    starts = training.starts
    several = np.maximum.reduceat(numbers, starts[:-1]) > np.minimum.reduceat(numbers, starts[:-1])
    return np.repeat(several, np.diff(starts))


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
