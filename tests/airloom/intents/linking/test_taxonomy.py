from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from airloom.intents.linking.taxonomy import MAX_LEVELS, Taxonomy

PATHS = st.lists(
    st.one_of(st.none(), st.lists(st.sampled_from(["Cats", "cats ", "Beds", "", "Toys"]), max_size=6))
)


def test_spellings_of_a_category_are_one_category() -> None:
    taxonomy = Taxonomy([["Cats", "Beds"], ["CATS", "beds "], None, []])

    assert taxonomy.leaves == [("cats", "beds")]
    assert taxonomy.leaf_of.tolist() == [0, 0, -1, -1]
    assert taxonomy.text(("cats", "beds")) == "CATS: Beds"
    assert taxonomy.top_categories == ["CATS"]


def test_a_category_above_others_may_hold_products_too() -> None:
    taxonomy = Taxonomy([["Cats"], ["Cats", "Beds"]])

    assert taxonomy.leaves == [("cats",), ("cats", "beds")]
    assert taxonomy.categories == [("cats",), ("cats", "beds")]


@given(PATHS)
def test_every_category_has_its_parent_before_it(paths: list[list[str] | None]) -> None:
    taxonomy = Taxonomy(paths)

    seen: set[tuple[str, ...]] = {()}
    for path in taxonomy.categories:
        assert path[:-1] in seen
        assert len(path) <= MAX_LEVELS
        seen.add(path)
    assert set(taxonomy.leaves) <= seen


@given(PATHS, st.randoms())
def test_the_order_of_the_products_does_not_matter(paths: list[list[str] | None], random: Random) -> None:
    shuffled = paths[:]
    random.shuffle(shuffled)

    assert Taxonomy(shuffled).spelling == Taxonomy(paths).spelling
