"""Labels with inferred behaviors: nothing later is read, and others' labels show no gain."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from airloom.beyond_log.attach import attach_behaviors
from airloom.beyond_log.controls import ItemCfBehaviors
from airloom.beyond_log.fit_generator import fit_by_period
from airloom.beyond_log.generated import GeneratedBehaviors
from airloom.ranking.evaluation.intervals import Resampling, mean_intervals
from airloom.ranking.history import UserHistory
from airloom.ranking.inferred import inferred_scores
from airloom.ranking.second_stage import PartScores
from airloom.ranking.training.examples import Example
from airloom.ranking.training.fit_stack import FittedStack, fit_stack
from airloom.ranking.training.training_view import TrainingView
from tests.airloom.beyond_log.small_generators import settings, tasteful_shoppers
from tests.airloom.ranking.small_shop import NOW, SmallShop

USERS, NEGATIVES = 300, 20


def examples_of_new_users() -> list[Example]:
    """Users whom no generator has seen, after three videos; each wants a product that these point to."""
    shoppers, _ = tasteful_shoppers(USERS, first=10_000)
    examples = []
    for user, (begin, end) in enumerate(pairwise(shoppers.starts.tolist())):
        rows = slice(begin, end - 2)
        content = UserHistory(shoppers.objects[rows], shoppers.actions[rows], shoppers.timestamps[rows])
        examples.append(Example(f"new-{user}", content, int(shoppers.objects[end - 2]), NOW, 1.0))
    return examples


@pytest.fixture(scope="module")
def attached(shop: SmallShop, view: TrainingView) -> list[Example]:
    """By the generator of the period before the labels."""
    generators = fit_by_period(view, view, settings(epochs=4))
    return attach_behaviors(examples_of_new_users(), GeneratedBehaviors(generators.before, shop.snapshot))


def stack_of(shop: SmallShop, examples: list[Example], targets: list[int]) -> FittedStack:
    """The stack of a network that knows nothing and the inferred behaviors; negatives are others' targets."""
    texts, rng = shop.snapshot.texts.objects, np.random.default_rng(0)
    scores = np.empty((len(examples), 1 + NEGATIVES), np.float32)
    for row, (example, target) in enumerate(zip(examples, targets, strict=True)):
        candidates = np.append(target, rng.choice(targets, NEGATIVES)).astype(np.int32)
        inferred = example.history.inferred
        similarities = texts[candidates] @ texts[inferred.products].T
        scores[row] = inferred_scores(inferred, candidates, similarities, temperature=0.1)
    nothing = np.zeros_like(scores)
    parts = PartScores(nothing, nothing, nothing, nothing, inferred=scores)
    return fit_stack(parts, nothing, np.ones(len(examples), np.float32), np.arange(len(examples)))


def test_with_labels_of_somebody_else_nothing_is_gained(shop: SmallShop, attached: list[Example]) -> None:
    """The canary: a gain would be a leak."""
    targets = [example.target for example in attached]
    shuffled = np.random.default_rng(1).permutation(targets).tolist()
    own, canary = stack_of(shop, attached, targets), stack_of(shop, attached, shuffled)
    gains = [np.log(1 + NEGATIVES) - fitted.held_out.losses for fitted in (own, canary)]
    own_gain, canary_gain = mean_intervals(gains, np.arange(USERS), Resampling(resamples=500))
    assert own.weights.inferred > 0.5
    assert own_gain.low > 0.3
    assert canary_gain.low <= 0 <= canary_gain.high


def test_what_happens_later_and_who_is_in_the_chunk_change_nothing(shop: SmallShop) -> None:
    source = ItemCfBehaviors(shop.snapshot)
    examples = [shop.example(seed)._replace(user_id=f"u{seed}", now=NOW - 86_400 * seed) for seed in range(7)]
    cut = [example._replace(history=example.history.before(example.now)) for example in examples]
    together, alone = attach_behaviors(examples, source), attach_behaviors(cut, source, chunk_size=1)
    assert any(len(example.history.inferred.products) for example in together)
    for first, second, given in zip(together, alone, examples, strict=True):
        for one, other in zip(first.history.inferred, second.history.inferred, strict=True):
            np.testing.assert_array_equal(one, other)
        for kept, column in zip(first.history.events, given.history.events, strict=True):
            np.testing.assert_array_equal(kept, column)
