from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from airloom.intents.distill import distill
from airloom.intents.encoding import EmbeddingCache
from airloom.intents.linking import induced_categories
from airloom.intents.linking.induced_categories import divide, with_induced_categories
from airloom.intents.linking.resolve_objects import resolve_objects
from airloom.intents.linking.settings import LinkingSettings
from airloom.intents.settings import DistillSettings
from airloom.logs.changes import latest_rows
from airloom.logs.contract import OBJECTS
from airloom.logs.lake import Lake
from tests.airloom.intents.shop import DAY, NEXT_DAY, HashingEncoder, contents, product, put_objects

MANY = [
    product(f"x{number:02}", ["Everything"], f"{title} number {number}")
    for number, title in enumerate(["soft cat bed"] * 6 + ["burr coffee grinder"] * 6 + [" "])
]
MANY[-1]["title"] = " "


@pytest.fixture
def lake(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """The shop and a leaf of twelve titled products, where ten are the most."""
    monkeypatch.setattr(induced_categories, "MAX_PRODUCTS", 10)
    put_objects(lake, NEXT_DAY, MANY)
    return lake


def induced(lake: Lake, *, day: date = NEXT_DAY) -> dict[str, list[str]]:
    objects = latest_rows(lake, OBJECTS, through=day)
    divided = with_induced_categories(
        lake, objects, cache=EmbeddingCache(lake, HashingEncoder()), through=day
    )
    return dict(zip(divided["object_id"].to_pylist(), divided["category_path"].to_pylist(), strict=True))


def test_only_a_large_leaf_is_divided_and_untitled_products_stay_where_they_are(lake: Lake) -> None:
    paths = induced(lake)

    assert paths["p1"] == ["Pet Supplies", "Cats", "Cat Beds"]
    assert paths["x12"] == ["Everything"]
    assert {len(paths[f"x{number:02}"]) for number in range(12)} == {2}
    beds = {paths[f"x{number:02}"][1] for number in range(6)}
    grinders = {paths[f"x{number:02}"][1] for number in range(6, 12)}
    assert not beds & grinders


def test_a_label_is_made_of_the_words_that_tell_the_part_from_the_rest(lake: Lake) -> None:
    paths = induced(lake)

    words = set(paths["x00"][1].split(", "))
    assert words & {"soft", "cat", "bed"}
    assert not words & {"burr", "coffee", "grinder"}


def test_a_later_product_joins_a_part_and_moves_nobody(lake: Lake) -> None:
    before = induced(lake)
    later = NEXT_DAY.replace(day=NEXT_DAY.day + 1)
    put_objects(lake, later, [product("x99", ["Everything"], "soft cat bed")])

    after = induced(lake, day=later)

    assert {name: after[name] for name in before} == before
    assert after["x99"][:1] == ["Everything"]
    assert after["x99"][1] in {before[f"x{number:02}"][1] for number in range(6)}


def test_a_day_before_the_division_still_sees_the_leaf_whole(lake: Lake) -> None:
    put_objects(lake, DAY.replace(day=13), MANY[:2])
    induced(lake)

    assert induced(lake, day=DAY.replace(day=13))["x00"] == ["Everything"]


def test_dividing_again_gives_the_same_bytes(lake: Lake) -> None:
    induced(lake)
    before = contents(lake.path("intents", "categories"))
    for file in lake.path("intents", "categories").iterdir():
        file.unlink()

    induced(lake)

    assert contents(lake.path("intents", "categories")) == before


def test_labels_of_parts_differ_even_where_titles_do_not() -> None:
    vectors = np.eye(6, dtype=np.float32)

    parts = divide(["same words here"] * 6, vectors, since=DAY)

    assert len(set(parts.labels)) == len(parts.labels)


def test_reasoner_and_resolution_see_the_same_parts(lake: Lake) -> None:
    encoder = HashingEncoder()
    distill(lake, day=NEXT_DAY, settings=DistillSettings(), encoder=encoder)

    intents = resolve_objects(lake, through=NEXT_DAY, encoder=encoder, settings=LinkingSettings())

    labels = set(intents.nodes.labels)
    assert {path[-1] for name, path in induced(lake).items() if name.startswith("x")} <= labels


def test_a_part_that_is_still_large_is_divided_again(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(induced_categories, "MAX_PRODUCTS", 4)
    monkeypatch.setattr(induced_categories, "MAX_PARTS", 2)
    paths = induced(lake)

    depths = {len(paths[f"x{number:02}"]) for number in range(12)}
    assert max(depths) >= 3
    assert len({paths[f"x{number:02}"][1] for number in range(12)}) == 2
    assert induced(lake) == paths
