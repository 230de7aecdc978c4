"""Items of like values have like vectors."""

from __future__ import annotations

import numpy as np

from airloom.assistant.rft.item_vectors import vectors_of_graph
from airloom.ranking.attribute_graph import NO_ATTRIBUTES
from tests.airloom.assistant.small_catalogue import SNAPSHOT, SOLD

COUNT = len(SNAPSHOT.objects.ids)


def test_products_of_one_shelf_and_color_are_the_nearest() -> None:
    vectors = vectors_of_graph(SNAPSHOT.attributes, COUNT)

    cosines = vectors[:SOLD] @ vectors[13]
    assert np.argsort(-cosines)[1] // 10 == 1
    assert cosines[15] > cosines[25]


def test_vectors_have_unit_length_or_none() -> None:
    lengths = np.linalg.norm(vectors_of_graph(SNAPSHOT.attributes, COUNT), axis=1)

    np.testing.assert_allclose(lengths[:SOLD], 1, rtol=1e-5)
    assert not lengths[SOLD:].any()  # of content nothing is known


def test_they_are_the_same_every_time() -> None:
    np.testing.assert_array_equal(
        vectors_of_graph(SNAPSHOT.attributes, COUNT), vectors_of_graph(SNAPSHOT.attributes, COUNT)
    )


def test_without_a_graph_they_have_no_direction() -> None:
    assert not vectors_of_graph(NO_ATTRIBUTES, 3).any()
