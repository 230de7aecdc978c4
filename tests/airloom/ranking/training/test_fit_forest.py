from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from airloom.errors import AirloomError
from airloom.ranking.forest import Forest
from airloom.ranking.training import fit_forest as module
from airloom.ranking.training.fit_forest import fit_forest
from airloom.ranking.training.settings import ForestSettings

SETTINGS = ForestSettings(rounds=30, leaves=4, min_samples_leaf=5)


def labels(seed: int = 0, *, examples: int = 200) -> np.ndarray:
    """Targets have a large first feature; the second one says nothing."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(examples, 5, 2)).astype(np.float32)
    features[:, 0, 0] += 2.0
    return features


def test_it_learns_what_tells_targets_from_others() -> None:
    features = labels()
    forest = fit_forest(features, np.ones(features.shape[:2], np.float32), SETTINGS, seed=0)
    unseen = forest.scores(labels(1))
    assert (unseen[:, 0] > unseen[:, 1:].max(axis=1)).mean() > 0.6


def test_the_same_labels_give_the_same_forest() -> None:
    features = labels()
    weights = np.ones(features.shape[:2], np.float32)
    first, second = (fit_forest(features, weights, SETTINGS, seed=0) for _ in range(2))
    assert first.digest == second.digest


def test_a_negative_that_is_drawn_twice_and_weighs_half_is_one() -> None:
    features = labels()
    weights = np.ones(features.shape[:2], np.float32)
    once = fit_forest(features, weights, SETTINGS, seed=0)
    doubled = np.concatenate([features, features[:, 1:]], axis=1)
    halves = np.concatenate([weights, weights[:, 1:]], axis=1)
    halves[:, 1:] /= 2
    twice = fit_forest(doubled, halves, replace(SETTINGS, min_samples_leaf=9), seed=0)
    unseen = labels(2)
    assert np.corrcoef(once.scores(unseen).ravel(), twice.scores(unseen).ravel())[0, 1] > 0.98


def test_without_rounds_there_is_no_tree() -> None:
    features = labels(examples=3)
    forest = fit_forest(features, np.ones((3, 5), np.float32), replace(SETTINGS, rounds=0), seed=0)
    assert not len(forest.roots)


def test_trees_that_were_read_wrongly_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if another version of the library kept them in another way."""
    read = module._forest

    def swapped(classifier: object) -> Forest:
        forest = read(classifier)
        return forest._replace(children=forest.children[:, ::-1].copy())

    monkeypatch.setattr(module, "_forest", swapped)
    features = labels()
    with pytest.raises(AirloomError, match="differs by"):
        fit_forest(features, np.ones(features.shape[:2], np.float32), SETTINGS, seed=0)
