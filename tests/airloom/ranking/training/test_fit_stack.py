from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airloom.errors import AirloomError
from airloom.ranking.second_stage import PartScores, StackWeights
from airloom.ranking.training.fit_stack import fit_stack

COUNT, CANDIDATES = 400, 10


def drawn(seed: int, true: StackWeights) -> PartScores:
    """Scores of four parts; each target was chosen by the softmax of their sum with weights `true`."""
    rng = np.random.default_rng(seed)
    parts = PartScores(*rng.normal(size=(4, COUNT, CANDIDATES)).astype(np.float32))
    logits = true.sum(parts) + rng.gumbel(size=(COUNT, CANDIDATES))
    target = logits.argmax(axis=1)
    order = np.argsort(np.arange(CANDIDATES) != target[:, None], axis=1, kind="stable")
    return PartScores(*(np.take_along_axis(part, order, axis=1) for part in parts))


EVEN = np.zeros((COUNT, CANDIDATES), np.float32)
ONES = np.ones(COUNT, np.float32)


def test_the_weights_that_made_the_labels_are_estimated() -> None:
    true = StackWeights(1.5, 0.8, 0.0, 0.3)
    fitted = fit_stack(drawn(0, true), EVEN, ONES)
    np.testing.assert_allclose(fitted.weights, true, atol=0.2)


def test_a_part_that_says_the_opposite_or_nothing_weighs_zero() -> None:
    parts = drawn(1, StackWeights(1.5, 0.8, 0.0, 0.0))
    parts = parts._replace(forest=-parts.forest, texts=np.zeros_like(parts.texts))
    weights = fit_stack(parts, EVEN, ONES).weights
    assert weights.network > 1
    assert weights.forest == 0
    assert weights.texts == 0


def test_parts_that_all_say_nothing_are_no_error() -> None:
    nothing = np.zeros((COUNT, CANDIDATES), np.float32)
    fitted = fit_stack(PartScores(nothing, nothing, nothing, nothing), EVEN, ONES)
    assert fitted.loss == pytest.approx(np.log(CANDIDATES), abs=1e-6)
    assert np.isfinite(fitted.weights).all()


def test_scores_that_are_not_finite_are_named() -> None:
    parts = drawn(5, StackWeights(1.0, 0.5, 0.2, 0.0))
    broken = np.array(parts.forest)
    broken[3, 2] = np.nan
    with pytest.raises(AirloomError, match="by forest are not finite"):
        fit_stack(parts._replace(forest=broken), EVEN, ONES)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_stack_is_never_worse_than_the_network_alone(seed: int) -> None:
    parts = drawn(seed, StackWeights(0.5, 0.2, 0.1, 0.0))
    nothing = np.zeros_like(parts.network)
    alone = fit_stack(PartScores(parts.network, nothing, nothing, nothing), EVEN, ONES)
    assert fit_stack(parts, EVEN, ONES).loss <= alone.loss + 1e-6


def test_what_is_drawn_too_often_is_corrected() -> None:
    """A part that only knows how often a negative is drawn has no information once that is known."""
    rng = np.random.default_rng(3)
    log_odds = rng.normal(size=(COUNT, CANDIDATES)).astype(np.float32)
    probabilities = np.exp(-log_odds)  # the target is even among products; the others are drawn by odds
    target = np.array([rng.choice(CANDIDATES, p=row / row.sum()) for row in probabilities])
    order = np.argsort(np.arange(CANDIDATES) != target[:, None], axis=1, kind="stable")
    log_odds = np.take_along_axis(log_odds, order, axis=1)
    nothing = np.zeros_like(log_odds)
    parts = PartScores(-log_odds, nothing, nothing, nothing)
    assert fit_stack(parts, np.zeros_like(log_odds), ONES).weights.network > 0.8
    assert fit_stack(parts, log_odds, ONES).weights.network < 0.2


def test_a_label_of_twice_the_weight_is_two_labels() -> None:
    parts = drawn(4, StackWeights(1.0, 0.5, 0.2, 0.0))
    weights = ONES.copy()
    weights[: COUNT // 2] = 2.0
    doubled = PartScores(*(np.concatenate([part, part[: COUNT // 2]]) for part in parts))
    even = np.zeros((len(doubled.network), CANDIDATES), np.float32)
    together = fit_stack(doubled, even, np.ones(len(even), np.float32))
    np.testing.assert_allclose(fit_stack(parts, EVEN, weights).weights, together.weights, atol=1e-3)
