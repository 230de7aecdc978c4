"""Every part of a reward against values computed by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from airloom.assistant.rft.rewards import (
    Judged,
    Reward,
    in_catalogue,
    length,
    preference_alignment,
    query_alignment,
    ranking,
    reward,
)
from airloom.assistant.rft.settings import OURS, RewardSettings

VECTORS = np.array([[1, 0], [0, 1], [0.6, 0.8], [0, 0]], np.float32)


def judged(
    rows: Sequence[int] = (2, 0),
    satisfying: Sequence[int] = (0,),
    stated: Sequence[Sequence[bool]] = ((True, False), (True, True)),
    *,
    is_reading: bool = True,
    named: int = 3,
    known: int = 2,
    tokens: int = 100,
) -> Judged:
    """A reply that is a reading, whose second product answers."""
    return Judged(
        is_reading,
        rows,
        np.array(satisfying, np.int32),
        np.array(stated, np.bool_).reshape(len(rows), -1 if rows else 0),
        named,
        known,
        tokens,
    )


def test_the_order_of_an_answer_counts() -> None:
    assert ranking(judged(rows=(0, 2)), k=2) == 1.0
    assert ranking(judged(rows=(2, 0)), k=2) == pytest.approx(1 / np.log2(3))
    assert ranking(judged(rows=(2, 0)), k=1) == 0.0


def test_a_reply_that_is_no_reading_costs_half() -> None:
    no_reading = judged(rows=(), stated=(), is_reading=False, named=0, known=0)

    assert reward(no_reading, VECTORS, RewardSettings()) == Reward(-0.5, -0.5, 0.0, 0.0, 0.0, 0.0)
    assert reward(no_reading, VECTORS, RewardSettings()).total(RewardSettings()) == pytest.approx(-0.55)


def test_query_alignment_is_the_share_of_conditions_that_the_first_product_meets() -> None:
    assert query_alignment(judged()) == 0.5
    assert query_alignment(judged(stated=((True, True), (False, False)))) == 1.0
    assert query_alignment(judged(rows=(), stated=())) == 0.0


def test_preference_alignment_is_the_cosine_with_what_answers() -> None:
    assert preference_alignment(
        judged(rows=(2,), satisfying=(0,), stated=((True,),)), VECTORS
    ) == pytest.approx(0.6)
    # the mean of (1, 0) and (0, 1) points to (.5, .5): (.6 + .8) / sqrt(2)
    both = judged(rows=(2,), satisfying=(0, 1), stated=((True,),))
    assert preference_alignment(both, VECTORS) == pytest.approx(1.4 / np.sqrt(2))
    assert preference_alignment(judged(rows=(), stated=()), VECTORS) == 0.0
    assert preference_alignment(judged(satisfying=(3,)), VECTORS) == 0.0  # of no direction


def test_what_a_reply_makes_up_is_not_in_the_catalogue() -> None:
    assert in_catalogue(judged(named=3, known=2)) == pytest.approx(2 / 3)
    assert in_catalogue(judged(named=0, known=0)) == 0.0


@pytest.mark.parametrize(("tokens", "penalty"), [(50, 0), (200, 0), (250, -0.25), (400, -1), (900, -1)])
def test_only_what_is_too_long_costs(tokens: int, penalty: float) -> None:
    assert length(judged(tokens=tokens), max_tokens=200) == pytest.approx(penalty)


def test_rerecs_weights_are_the_default() -> None:
    parts = Reward(0.5, 1.0, 0.5, 0.6, 1.0, -1.0)

    assert parts.total(RewardSettings()) == pytest.approx(0.1 * 0.5 + 1.0 + 0.01 * 0.5 + 0.01 * 0.6)
    assert parts.total(OURS) == pytest.approx(0.05 + 1.0 + 0.3 * 0.5 + 0.05 * 0.6 + 0.1 - 0.1)


def test_an_answer_is_right_by_its_first_product() -> None:
    assert judged(rows=(0, 2)).is_right
    assert not judged(rows=(2, 0)).is_right
    assert not judged(rows=(), stated=()).is_right
