"""Gradient-boosted trees fitted to labels: what tells targets from their negatives, by features alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier  # type: ignore[import-untyped]  # has no stubs

from airloom.errors import AirloomError
from airloom.ranking.forest import Forest
from airloom.ranking.training.settings import ForestSettings


def fit_forest(
    features: NDArray[np.float32], weights: NDArray[np.float32], settings: ForestSettings, *, seed: int
) -> Forest:
    """Return trees that tell the first candidate of each example from the others.

    Args:
        features: float32 [n, C, F], the target's first.
        weights: float32 [n, C], of each candidate in the loss; a negative that was drawn twice as often as
            others must weigh half as much, or what is drawn often would seem wrong.
        settings: Size of the forest.
        seed: Decides which rows choose the thresholds, where there are many.

    Raises:
        AirloomError: The trees could not be read from the library that fitted them.
    """
    if not settings.rounds:
        return Forest.empty()
    is_target = np.zeros(features.shape[:2], np.int8)
    is_target[:, 0] = 1
    rows = features.reshape(-1, features.shape[2])
    classifier = HistGradientBoostingClassifier(
        max_iter=settings.rounds,
        max_leaf_nodes=settings.leaves,
        learning_rate=settings.learning_rate,
        min_samples_leaf=settings.min_samples_leaf,
        l2_regularization=settings.l2,
        early_stopping=False,
        random_state=seed,
    ).fit(rows, is_target.ravel(), sample_weight=weights.ravel())
    forest = _forest(classifier)
    _check(forest, classifier, rows[:: max(1, len(rows) // 100)])
    return forest


def _forest(classifier: Any) -> Forest:
    """Return the trees of scikit-learn's classifier; it has no public way to read them."""
    trees = [predictors[0].nodes for predictors in classifier._predictors]  # noqa: SLF001
    nodes = np.concatenate(trees)
    starts = np.cumsum([0, *map(len, trees)])
    leaves = nodes["is_leaf"].astype(np.bool_)
    children = np.column_stack([nodes["left"], nodes["right"]]).astype(np.int64)
    children += np.repeat(starts[:-1], np.diff(starts))[:, None]
    return Forest.of(
        roots=starts[:-1],
        features=np.where(leaves, 0, nodes["feature_idx"]),
        thresholds=np.where(leaves, 0.0, nodes["num_threshold"]),
        children=np.where(leaves[:, None], np.arange(len(nodes))[:, None], children),
        values=np.where(leaves, nodes["value"], 0.0),
    )


def _check(forest: Forest, classifier: Any, rows: NDArray[np.float32]) -> None:
    """Check that the trees that were read say what the classifier says, up to a constant."""
    differences = classifier.decision_function(rows) - forest.scores(rows)
    if np.ptp(differences) > 1e-3:
        raise AirloomError(
            f"The forest differs by {np.ptp(differences):.3g} from the classifier it was read from",
            do="Install the versions of requirements.lock: another scikit-learn keeps its trees otherwise",
        )
