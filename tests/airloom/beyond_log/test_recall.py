from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from airloom.beyond_log.behavior_source import ALL_AGREE, Proposals
from airloom.beyond_log.recall import measure_recall
from airloom.beyond_log.selection import Selection
from airloom.beyond_log.settings import SelectionSettings
from airloom.errors import AirloomError
from airloom.ranking.evaluation.intervals import Resampling
from airloom.ranking.history import UserHistory
from airloom.ranking.training.examples import Example
from tests.airloom.ranking.small_shop import NOW, SmallShop

LENIENT = SelectionSettings(min_samples=1, min_similarity=-1.0)


class NextOfTheList:
    """Proposes the product after that of the user's number: what the users of these tests touch next."""

    name, version = "next", "1"

    def propose(
        self,
        user_ids: Sequence[str],
        histories: Sequence[UserHistory],  # noqa: ARG002 - of the Protocol
        now: int,  # noqa: ARG002 - of the Protocol
    ) -> list[Proposals]:
        """Return one product for each user."""
        return [
            Proposals(
                np.array([int(user_id) + 1], np.int32),
                np.ones(1, np.float32),
                np.full(1, ALL_AGREE, np.int32),
            )
            for user_id in user_ids
        ]


def example(user: int, *, known: int, target: int) -> Example:
    history = UserHistory(np.array([known], np.int32), np.zeros(1, np.int8), np.array([NOW - 5]))
    return Example(str(user), history, target, NOW, 1.0)


def test_recall_is_of_new_products_and_paired_with_the_controls(shop: SmallShop) -> None:
    hits = [example(user, known=200, target=user + 1) for user in range(0, 30, 2)]
    misses = [example(user, known=200, target=user + 50) for user in range(30, 40, 2)]
    touched_before = [example(40, known=41, target=41)]
    measured = measure_recall(
        NextOfTheList(),
        Selection(shop.snapshot, LENIENT),
        shop.snapshot,
        [*hits, *misses, *touched_before],
        resampling=Resampling(resamples=100),
    )
    assert (measured.cases, measured.users) == (20, 20)
    assert measured.recall["next"].mean == 0.75
    assert measured.recall["another_users"].mean == 0
    assert set(measured.lead) == {"item_cf", "popularity_matched_random", "another_users"}
    assert measured.lead["another_users"].mean == 0.75
    assert measured.lead["another_users"].low > 0
    gap = measured.recall["next"].mean - measured.recall["item_cf"].mean
    assert measured.lead["item_cf"].mean == pytest.approx(gap)


def test_without_new_products_nothing_is_measured(shop: SmallShop) -> None:
    cases = [example(user, known=41, target=41) for user in range(3)]
    with pytest.raises(AirloomError, match="0 users touched a new product in the evaluation days"):
        measure_recall(
            NextOfTheList(), Selection(shop.snapshot), shop.snapshot, cases, resampling=Resampling()
        )
