from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airloom.ranking.forest import Forest, checked
from tests.airloom.ranking.small_shop import random_forest

COLUMNS = 6


def slowly(forest: Forest, row: np.ndarray) -> float:
    """The sum of one leaf of each tree, as its definition says it."""
    total = 0.0
    for root in forest.roots:
        node = int(root)
        while forest.children[node, 0] != node:
            goes_right = row[forest.features[node]] > forest.thresholds[node]
            node = int(forest.children[node, int(goes_right)])
        total += float(forest.values[node])
    return total


@settings(deadline=None)  # the first one compiles
@given(seed=st.integers(0, 1000), trees=st.integers(1, 8))
def test_a_score_is_one_leaf_of_each_tree(seed: int, trees: int) -> None:
    forest = random_forest(seed, trees=trees, features=COLUMNS)
    rows = np.random.default_rng(seed).normal(size=(5, COLUMNS)).astype(np.float32)
    expected = [slowly(forest, row) for row in rows]
    np.testing.assert_allclose(forest.scores(rows), expected, atol=1e-5)


def test_scores_have_the_shape_of_the_rows() -> None:
    rows = np.zeros((3, 4, COLUMNS), np.float32)
    assert random_forest(0, features=COLUMNS).scores(rows).shape == (3, 4)
    assert not Forest.empty().scores(rows).any()


def test_a_whole_forest_is_accepted() -> None:
    forest = random_forest(1, features=COLUMNS)
    assert checked(forest, COLUMNS).digest == forest.digest


@pytest.mark.parametrize(
    ("field", "index", "value"),
    [
        ("roots", 0, -1),
        ("roots", 0, 10_000),
        ("features", 0, COLUMNS),
        ("children", (0, 0), 10_000),
        ("children", (1, 1), 0),  # back to the root
        ("depths", 0, 1),  # not down to the leaves
        ("thresholds", 0, np.nan),
        ("values", 2, np.inf),
    ],
)
def test_a_file_that_would_lead_a_walk_astray_is_refused(field: str, index: Any, value: float) -> None:
    forest = random_forest(2, features=COLUMNS)
    damaged = np.array(getattr(forest, field))
    damaged[index] = value
    with pytest.raises(ValueError, match="damaged"):
        checked(forest._replace(**{field: damaged}), COLUMNS)


def test_arrays_of_different_lengths_are_refused() -> None:
    forest = random_forest(3, features=COLUMNS)
    with pytest.raises(ValueError, match="damaged"):
        checked(forest._replace(values=forest.values[:-1]), COLUMNS)


def test_an_array_of_other_dimensions_is_refused() -> None:
    forest = random_forest(3, features=COLUMNS)
    with pytest.raises(ValueError, match="damaged"):
        checked(forest._replace(values=forest.values[:, None]), COLUMNS)


def test_a_value_goes_the_way_that_it_went_before_thresholds_were_rounded() -> None:
    """The nearest float32 of this threshold is above it, and is a value of the data too."""
    threshold = float(np.float32(0.1)) - 1e-12
    assert float(np.float32(threshold)) > threshold
    stump = Forest.of(
        roots=np.array([0]),
        features=np.zeros(3, np.int64),
        thresholds=np.array([threshold, 0.0, 0.0]),
        children=np.array([[1, 2], [1, 1], [2, 2]]),
        values=np.array([0.0, -1.0, 1.0]),
    )
    assert stump.scores(np.array([[0.1], [0.0999]], np.float32)).tolist() == [1.0, -1.0]


def test_another_threshold_is_another_digest() -> None:
    forest = random_forest(4, features=COLUMNS)
    assert forest._replace(thresholds=forest.thresholds + np.float32(1e-3)).digest != forest.digest
