"""What every model of the benchmark may learn from: the training events, split into a past and labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from airloom.bench.dataset import MAX_HISTORY
from airloom.errors import AirloomError
from airloom.ranking.history import UserHistory
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.training.examples import Example
from airloom.ranking.training.training_view import TrainingView
from airloom.settings import formerly
from airloom.statistics.sequences import Sequences
from airloom.timestamps import EpochSeconds

MIN_HISTORY = 3
"""Events that a label's user must have before it."""


@dataclass(frozen=True)
class LabelSettings:
    """What is held out of training for second stages to learn from.

    Attributes:
        max_labels: Purchases at most.
        max_per_user: Of one user, the newest ones; more of them where there are few users.
        seed: Decides which, where there are more.
    """

    max_labels: int = field(default=12_000, metadata=formerly("most"))
    max_per_user: int = field(default=1, metadata=formerly("of_a_user"))
    seed: int = 0


class SnapshotBuilder(Protocol):
    """Makes snapshots of events, as `airloom.bench.catalogue_builder.CatalogueBuilder` does."""

    def snapshot(self, training: Sequences, *, before: EpochSeconds) -> Snapshot:
        """Return the snapshot that knows the events of `training` earlier than `before`."""
        ...


class TrainingData(NamedTuple):
    """Training events and what follows from them.

    Attributes:
        labels: The newest purchases of some users, by time, with what came before: what second stages learn.
        before: The events without the labels, and the snapshot that they give.
        now: All events, and the snapshot that they give; every model is evaluated with it.
    """

    labels: list[Example]
    before: TrainingView
    now: TrainingView


def split_training(
    builder: SnapshotBuilder, training: Sequences, *, domains: Sequence[str], settings: LabelSettings
) -> TrainingData:
    """Hold out the newest purchases of some users, and build both snapshots.

    Users of several domains come first: the cases are about them, and a second stage that learns only from
    others trusts other features (-.03 HR@10 on held-out rows of Food-Kitchen).

    Args:
        builder: Makes snapshots.
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
    chosen = rng.permutation(_newest_purchases(training, settings.max_per_user))
    if not len(chosen):
        raise AirloomError(
            f"No purchase of training has {MIN_HISTORY} events of its user before it: nothing can be learned",
            do="Give more or longer histories",
        )
    several_domains = _in_several_domains(training, domains)[chosen]
    chosen = chosen[np.argsort(~several_domains, kind="stable")][: settings.max_labels]
    # mixed again: where all are of one day, those held out to stop by are the last, and must be like the rest
    chosen = rng.permutation(chosen)
    chosen = chosen[np.argsort(training.timestamps[chosen], kind="stable")]
    in_past = np.ones(len(training.users), np.bool_)
    in_past[chosen] = False
    past = training.where(in_past)
    starts = np.searchsorted(training.users, training.users[chosen])
    labels = [
        _label(training, start, index) for start, index in zip(starts.tolist(), chosen.tolist(), strict=True)
    ]
    return TrainingData(
        labels,
        *(TrainingView(builder.snapshot(events, before=before), events) for events in (past, training)),
    )


def _newest_purchases(training: Sequences, max_per_user: int) -> NDArray[np.int64]:
    """Return the indices of the newest purchases of each user that something came before."""
    before = np.arange(len(training.users)) - np.searchsorted(training.users, training.users)
    indices = np.flatnonzero(training.is_commerce & (before >= MIN_HISTORY))
    users = training.users[indices]
    later = np.searchsorted(users, users, side="right") - 1 - np.arange(len(users))
    return indices[later < max_per_user]


def _in_several_domains(training: Sequences, domains: Sequence[str]) -> NDArray[np.bool_]:
    """Return whether the user of an event has events of several domains, bool [E]."""
    numbers = np.unique(domains, return_inverse=True)[1][training.objects]
    starts = training.starts
    several = np.maximum.reduceat(numbers, starts[:-1]) > np.minimum.reduceat(numbers, starts[:-1])
    return np.repeat(several, np.diff(starts))


def _label(training: Sequences, start: int, index: int) -> Example:
    """Return the event at `index`, of a user whose events begin at `start`, as an example."""
    before = slice(max(start, index - MAX_HISTORY), index)
    history = UserHistory(training.objects[before], training.actions[before], training.timestamps[before])
    return Example(
        user_id=str(training.users[index]),
        history=history,
        target=int(training.objects[index]),
        now=max(int(training.timestamps[index]), int(history.timestamps[-1]) + 1),
        weight=1.0,
    )
