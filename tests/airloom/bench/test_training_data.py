from __future__ import annotations

import numpy as np
import pytest

from airloom.bench.training_data import LabelSettings, split_training
from airloom.errors import AirloomError
from airloom.ranking.history import ACTION_CODE
from airloom.ranking.snapshot import Snapshot
from airloom.statistics.sequences import Sequences
from airloom.timestamps import EpochSeconds
from tests.airloom.ranking.small_shop import small_snapshot

ORDER, VIEW = ACTION_CODE["order"], ACTION_CODE["view"]
DOMAINS = ["food"] * 30 + ["kitchen"] * 270


class FakeCatalogueBuilder:
    """Remembers what its snapshots were made from."""

    def __init__(self) -> None:
        self.asked: list[Sequences] = []

    def snapshot(self, training: Sequences, *, before: EpochSeconds) -> Snapshot:
        assert (training.timestamps < before).all()
        self.asked.append(training)
        return small_snapshot()


def events(*users: tuple[int, list[int], int]) -> Sequences:
    """A user's number, objects (one a day, ending together) and the action of all but content."""
    numbers = np.repeat([user for user, _, _ in users], [len(objects) for _, objects, _ in users])
    times = np.concatenate([86_400 * np.arange(100 - len(days), 100) for _, days, _ in users])
    objects = np.concatenate([own for _, own, _ in users])
    actions = np.repeat([action for _, _, action in users], [len(objects) for _, objects, _ in users])
    return Sequences(
        numbers.astype(np.int32), objects.astype(np.int32), actions.astype(np.int8), times.astype(np.int64)
    )


def test_last_purchases_become_labels_and_leave_the_past() -> None:
    """User numbers have gaps: not everybody of a dataset has training events."""
    training = events(
        (3, [1, 2, 3, 4], ORDER),
        (5, [5, 6], ORDER),
        (8, [250, 251, 252, 253], VIEW),
        (9, [7, 8, 9, 10], ORDER),
    )
    builder = FakeCatalogueBuilder()
    split = split_training(builder, training, domains=DOMAINS, settings=LabelSettings(max_labels=10))
    assert sorted((label.user_id, label.target) for label in split.labels) == [("3", 4), ("9", 10)]
    for label in split.labels:
        own = training.objects[training.users == int(label.user_id)]
        assert label.history.objects.tolist() == own[:-1].tolist()
        assert (label.history.timestamps < label.now).all()
    assert sorted(split.before.sequences.objects.tolist()) == sorted(set(training.objects.tolist()) - {4, 10})
    assert [len(events.users) for events in builder.asked] == [len(training.users) - 2, len(training.users)]


def test_several_purchases_of_a_user_are_labels_each_with_what_came_before_it() -> None:
    training = events((3, [1, 2, 3, 4, 5, 6], ORDER), (7, [250, 251, 252], VIEW), (8, [7, 8, 9, 10], ORDER))
    actions = training.actions.copy()
    actions[5] = VIEW  # what user 3 did last
    settings = LabelSettings(max_per_user=2)
    split = split_training(
        FakeCatalogueBuilder(), training._replace(actions=actions), domains=DOMAINS, settings=settings
    )
    assert [(label.user_id, label.target) for label in split.labels] == [("3", 4), ("3", 5), ("8", 10)]
    assert [label.history.objects.tolist() for label in split.labels] == [[1, 2, 3], [1, 2, 3, 4], [7, 8, 9]]
    assert split.before.sequences.objects.tolist() == [1, 2, 3, 6, 250, 251, 252, 7, 8, 9]


@pytest.mark.parametrize(
    ("training", "message"),
    [
        (events((3, [1, 2, 3], ORDER)), "No purchase of training has 3 events"),
        (events((3, [1, 2, 3], ORDER)).where(np.zeros(3, np.bool_)), "There is no training event"),
    ],
)
def test_too_little_to_learn_from_is_said(training: Sequences, message: str) -> None:
    with pytest.raises(AirloomError, match=message):
        split_training(FakeCatalogueBuilder(), training, domains=DOMAINS, settings=LabelSettings())


def labelled(training: Sequences, *, seed: int) -> set[str]:
    split = split_training(
        FakeCatalogueBuilder(), training, domains=DOMAINS, settings=LabelSettings(max_labels=10, seed=seed)
    )
    assert len(split.labels) == 10
    return {label.user_id for label in split.labels}


def test_labels_are_a_random_choice_of_the_seed() -> None:
    training = events(*[(user, [user + row for row in range(30, 34)], ORDER) for user in range(50)])
    first, again, other = (labelled(training, seed=seed) for seed in (1, 1, 2))
    assert first == again != other


def test_users_of_several_domains_are_chosen_first() -> None:
    training = events(*[(user, [user + row for row in range(4)], ORDER) for user in range(50)])
    crossing = {str(user) for user in range(27, 30)}
    for seed in range(3):
        assert crossing < labelled(training, seed=seed)
