from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from airloom.intents.linking.taxonomy import Taxonomy
from airloom.intents.reasoners.calibration import JOINED
from airloom.intents.reasoners.title_leaves import (
    PATHS,
    leaf_targets,
    nearest_leaves,
)
from tests.airloom.intents.shop import HashingEncoder

PRODUCTS: list[tuple[list[str] | None, str]] = [
    (["Pets", "Cats", "Beds"], "soft cat bed"),
    (["Pets", "Cats", "Toys"], "feather wand"),
    (["Kitchen", "Coffee", "Grinders"], "burr coffee grinder"),
    (["Kitchen", "Knives"], "santoku knife"),
    (["Gifts"], "gift card"),
    (["Gifts of paper"], "wrapping sheet"),
    (None, "cat bed without a category"),
]


def scores(*titles: str) -> NDArray[np.float32]:
    taxonomy = Taxonomy([path for path, _ in PRODUCTS])
    encoder = HashingEncoder()
    targets = leaf_targets(taxonomy, encoder.encode([title for _, title in PRODUCTS]))
    assert targets.shape == (6, encoder.dimension)
    return np.asarray(encoder.encode(titles) @ targets.T)[:, taxonomy.leaf_of[:6]]


def test_a_leaf_lends_half_of_its_likeness_to_its_neighbors_on_the_shelf() -> None:
    bed, toy, grinder, *_ = scores("soft cat bed")[0]

    assert bed > 3 * toy
    assert toy > 0.1 > grinder


def test_leaves_at_the_top_of_the_tree_are_no_shelf_together() -> None:
    gift, paper = scores("gift card")[0, 4:6]

    assert gift > 0.8
    assert paper < 0.1


def test_products_without_a_category_count_nowhere() -> None:
    taxonomy = Taxonomy([path for path, _ in PRODUCTS])
    vectors = HashingEncoder().encode([title for _, title in PRODUCTS])
    before = leaf_targets(taxonomy, vectors)

    vectors[6] = 1.0

    np.testing.assert_array_equal(leaf_targets(taxonomy, vectors), before)


def test_a_single_leaf_keeps_its_direction() -> None:
    encoder = HashingEncoder()

    targets = leaf_targets(Taxonomy([["Pets", "Beds"]]), encoder.encode(["cat bed"]))

    np.testing.assert_allclose(targets, encoder.encode(["cat bed"]), atol=1e-6)


def test_the_nearest_leaves_come_strongest_first_and_ties_in_the_order_of_the_tree() -> None:
    targets = np.array([[0.2, 0], [0.9, 0], [0.2, 0], [0.5, 0]], np.float32)

    result = nearest_leaves(np.array([[1.0, 0.0]], np.float32), targets, calibration=JOINED)

    assert result.leaves.tolist() == [[1, 3, 0]]
    np.testing.assert_array_equal(
        result.confidences, JOINED.confidence(np.array([[0.9, 0.5, 0.2]], np.float32))
    )


def test_fewer_leaves_than_paths_are_all_given() -> None:
    result = nearest_leaves(np.ones((2, 3), np.float32), np.ones((2, 3), np.float32), calibration=JOINED)

    assert result.leaves.shape == (2, 2)
    assert PATHS > 2
