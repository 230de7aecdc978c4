from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airloom.errors import AirloomError
from airloom.ranking.second_stage import PartScores, StackWeights
from airloom.ranking.training.fit_stack import FOLDS, fit_stack

COUNT, CANDIDATES = 400, 10


def drawn(seed: int, true: StackWeights) -> PartScores:
    """Scores of all parts; each target was chosen by the softmax of their sum with weights `true`."""
    rng = np.random.default_rng(seed)
    parts = PartScores(*rng.normal(size=(5, COUNT, CANDIDATES)).astype(np.float32))
    logits = true.sum(parts) + rng.gumbel(size=(COUNT, CANDIDATES))
    target = logits.argmax(axis=1)
    order = np.argsort(np.arange(CANDIDATES) != target[:, None], axis=1, kind="stable")
    return PartScores(*(np.take_along_axis(part, order, axis=1) for part in parts))


EVEN = np.zeros((COUNT, CANDIDATES), np.float32)
ONES = np.ones(COUNT, np.float32)
USERS = np.arange(COUNT) // 2


def test_the_weights_that_made_the_labels_are_estimated() -> None:
    true = StackWeights(1.5, 0.8, 0.0, 0.3)
    fitted = fit_stack(drawn(0, true), EVEN, ONES, USERS)
    np.testing.assert_allclose(fitted.weights, true, atol=0.2)


def test_a_part_that_says_the_opposite_or_nothing_weighs_zero() -> None:
    parts = drawn(1, StackWeights(1.5, 0.8, 0.0, 0.0))
    parts = parts._replace(forest=-parts.forest, texts=np.zeros_like(parts.texts))
    weights = fit_stack(parts, EVEN, ONES, USERS).weights
    assert weights.network > 1
    assert weights.forest == 0
    assert weights.texts == 0


def test_parts_that_all_say_nothing_are_no_error() -> None:
    nothing = np.zeros((COUNT, CANDIDATES), np.float32)
    fitted = fit_stack(PartScores(nothing, nothing, nothing, nothing, nothing), EVEN, ONES, USERS)
    assert fitted.held_out.mean == pytest.approx(np.log(CANDIDATES), abs=1e-6)
    assert fitted.weights == StackWeights()


def test_scores_that_are_not_finite_are_named() -> None:
    parts = drawn(5, StackWeights(1.0, 0.5, 0.2, 0.0))
    broken = np.array(parts.forest)
    broken[3, 2] = np.nan
    with pytest.raises(AirloomError, match="by forest are not finite"):
        fit_stack(parts._replace(forest=broken), EVEN, ONES, USERS)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.floats(0.01, 100.0))
def test_the_unit_of_a_score_changes_its_weight_and_nothing_else(seed: int, scale: float) -> None:
    parts = drawn(seed, StackWeights(0.5, 0.2, 0.1, 0.0))
    plain = fit_stack(parts, EVEN, ONES, USERS)
    scaled = fit_stack(parts._replace(forest=parts.forest * np.float32(scale)), EVEN, ONES, USERS)
    assert scaled.weights.forest * scale == pytest.approx(plain.weights.forest, abs=1e-3)
    assert scaled.held_out.mean == pytest.approx(plain.held_out.mean, abs=1e-4)


def test_few_labels_leave_the_network_alone_and_hundreds_decide() -> None:
    """A part that is the opposite of the network, which is what the labels say."""
    parts = drawn(2, StackWeights(0.0, 2.0, 0.0, 0.0))
    few = PartScores(*(part[:3] for part in parts))
    by_few = fit_stack(few, EVEN[:3], ONES[:3], USERS[:3]).weights
    by_all = fit_stack(parts, EVEN, ONES, USERS).weights
    assert by_few.network > 0.5 > by_few.forest
    assert by_all.network < 0.2
    assert by_all.forest > 1.7


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_prior_fades_as_labels_become_many(seed: int) -> None:
    """Labels of a tiny weight say as little as none, labels of a huge one as much as endlessly many."""
    parts = drawn(seed, StackWeights(0.5, 1.0, 0.2, 0.3))
    none, hundreds, endless = (
        np.array(fit_stack(parts, EVEN, ONES * np.float32(weight), USERS).weights)
        for weight in (1e-6, 1.0, 1e6)
    )
    np.testing.assert_allclose(none, StackWeights(), atol=1e-3)
    np.testing.assert_allclose(hundreds, endless, atol=0.1)
    assert np.abs(none - endless).max() > 0.3


def test_a_thousand_labels_decide_between_parts_that_say_nearly_the_same() -> None:
    """As network and forest do: the loss is flat there, and a prior as strong everywhere would decide."""
    rng = np.random.default_rng(7)
    count = 1000
    shared, *own = rng.normal(size=(3, count, CANDIDATES))
    network, forest = (2 * (0.95 * shared + 0.3 * noise) for noise in own)
    logits = 0.55 * network + 0.4 * forest + rng.gumbel(size=shared.shape)
    order = np.argsort(np.arange(CANDIDATES) != logits.argmax(axis=1)[:, None], axis=1, kind="stable")
    nothing = np.zeros_like(shared)
    columns = (network, forest, nothing, nothing, nothing)
    parts = PartScores(*(np.take_along_axis(part, order, axis=1).astype(np.float32) for part in columns))
    even, users = np.zeros(shared.shape, np.float32), np.arange(count)
    labels, endless = (
        np.array(fit_stack(parts, even, np.full(count, weight, np.float32), users).weights)
        for weight in (0.45, 1e6)
    )
    np.testing.assert_allclose(labels, endless, atol=0.05)


def test_no_user_is_judged_by_weights_that_have_seen_labels_of_their_fold() -> None:
    parts = drawn(6, StackWeights(1.0, 0.5, 0.0, 0.0))
    other_labels = USERS % (2 * FOLDS) == 0
    misled = PartScores(*(np.where(other_labels[:, None], np.sort(part), part) for part in parts))
    fold = (USERS % FOLDS == 0) & ~other_labels
    others = USERS % FOLDS != 0
    before = fit_stack(parts, EVEN, ONES, USERS).held_out.losses
    after = fit_stack(misled, EVEN, ONES, USERS).held_out.losses
    np.testing.assert_allclose(after[fold], before[fold], atol=0.02)
    assert np.abs(after[others] - before[others]).max() > 0.1


def test_what_is_drawn_too_often_is_corrected() -> None:
    """A part that only knows how often a negative is drawn has no information once that is known."""
    rng = np.random.default_rng(3)
    log_odds = rng.normal(size=(COUNT, CANDIDATES)).astype(np.float32)
    probabilities = np.exp(-log_odds)  # the target is even among products; the others are drawn by odds
    target = np.array([rng.choice(CANDIDATES, p=row / row.sum()) for row in probabilities])
    order = np.argsort(np.arange(CANDIDATES) != target[:, None], axis=1, kind="stable")
    log_odds = np.take_along_axis(log_odds, order, axis=1)
    nothing = np.zeros_like(log_odds)
    parts = PartScores(-log_odds, nothing, nothing, nothing, nothing)
    assert fit_stack(parts, np.zeros_like(log_odds), ONES, USERS).weights.network > 0.8
    assert fit_stack(parts, log_odds, ONES, USERS).weights.network < 0.2


def test_a_label_of_twice_the_weight_is_two_labels() -> None:
    parts = drawn(4, StackWeights(1.0, 0.5, 0.2, 0.0))
    weights = ONES.copy()
    weights[: COUNT // 2] = 2.0
    doubled = PartScores(*(np.concatenate([part, part[: COUNT // 2]]) for part in parts))
    even = np.zeros((len(doubled.network), CANDIDATES), np.float32)
    users = np.append(USERS, USERS[: COUNT // 2])
    together = fit_stack(doubled, even, np.ones(len(even), np.float32), users)
    apart = fit_stack(parts, EVEN, weights, USERS)
    np.testing.assert_allclose(apart.weights, together.weights, atol=0.01)
