from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from airloom.assistant.graph.product_words import ProductWords
from airloom.knowledge.edges import EDGES
from airloom.ranking.attribute_graph import attribute_graph
from tests.airloom.ranking.small_shop import small_snapshot

SHOP = small_snapshot()
SOLD = 4
TITLES = ["Red wool mug", "red mugs, red", "blue rope", "green"]
CLAIMED = [
    (0, "feature", "dishwasher safe", "rules"),
    (1, "need", "hot drinks", "rules"),
    (1, "need", "cold mornings", "buyer"),
    (2, "goes_with", "climbing harnesses", "rules"),
    (9, "feature", "wool", "rules"),  # not on sale
]


def small_words() -> ProductWords:
    rows, *columns = zip(*CLAIMED, strict=True)
    ids = pa.array([SHOP.objects.ids[row] for row in rows])
    edges = pa.table(
        [ids, *map(pa.array, columns), pa.array([1.0] * len(CLAIMED), pa.float32())], schema=EDGES
    )
    objects = SHOP.objects._replace(
        titles=[*TITLES, *SHOP.objects.titles[SOLD:]], active=np.arange(len(SHOP.objects.ids)) < SOLD
    )
    graph = attribute_graph(edges, pa.array(SHOP.objects.ids))
    return ProductWords.of(replace(SHOP, objects=objects, attributes=graph))


WORDS = small_words()


def scores(*stems: str, **also: list[int]) -> list[float]:
    rows = {stem: np.array(own, np.int32) for stem, own in also.items()}
    return [round(float(score), 6) for score in WORDS.scores(stems, SOLD, also=rows)]


def test_a_product_fits_by_the_share_of_what_the_words_tell() -> None:
    common, rare = np.log1p(4 / 2), np.log1p(4 / 1)
    expected = [1.0, common / (common + rare), 0.0, 0.0]
    assert scores("red", "wool") == pytest.approx(expected, abs=1e-5)
    assert scores("red", "red", "wool") == scores("red", "wool")


def test_a_word_of_no_product_tells_as_much_as_a_rare_one() -> None:
    assert scores("blue", "purple") == pytest.approx([0.0, 0.0, 0.5, 0.0])
    assert scores("purple") == scores() == [0.0] * 4


def test_words_of_values_count_but_not_those_about_the_category_or_other_things() -> None:
    assert scores("dishwasher") == [1.0, 0.0, 0.0, 0.0]
    assert scores("cold") == [0.0, 1.0, 0.0, 0.0]
    assert scores("drink") == scores("climbing") == [0.0] * 4


def test_products_may_fit_a_word_for_another_reason() -> None:
    assert scores("drink", drink=[1, 3]) == [0.0, 1.0, 0.0, 1.0]
    assert scores("dishwasher", dishwasher=[0]) == scores("dishwasher")
