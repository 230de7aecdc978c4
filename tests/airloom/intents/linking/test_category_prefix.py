from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airloom.intents.linking.category_prefix import leaves_below, split_prefix

CATEGORIES = {("pets",), ("pets", "cats"), ("pets", "cats", "beds"), ("home",)}
NAMES = {path[-1] for path in CATEGORIES}


@pytest.mark.parametrize(
    ("labels", "prefix", "need"),
    [
        ("calm evenings/cats/beds", "", "calm evenings"),
        ("calm evenings", "", "calm evenings"),
        ("cats/beds", "", "cats"),
        ("pets/calm cat/cats/cat bed", "pets", "calm cat"),
        ("pets/calm cat/cat bed", "pets", "calm cat"),
        ("pets/cats/calm cat/cat bed", "pets/cats", "calm cat"),
        ("pets/cat bed", "pets", None),
        ("pets/beds/cat bed", "pets", None),
        ("pets/cats/beds/calm cat/cat bed", "pets/cats/beds", "calm cat"),
        ("pets/cats", "pets/cats", None),
    ],
)
def test_first_labels_that_spell_the_tree_are_the_anchor(labels: str, prefix: str, need: str | None) -> None:
    path = tuple(labels.split("/"))

    split = split_prefix(path, categories=CATEGORIES, names=NAMES)

    assert "/".join(split.prefix) == prefix
    assert split.need == need
    assert split.free == (path not in CATEGORIES)


PATHS = st.sets(st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map(tuple), max_size=20)


@given(PATHS, st.lists(st.sampled_from("abc"), max_size=3).map(tuple))
def test_leaves_below_are_all_that_begin_with_the_anchor(
    paths: set[tuple[str, ...]], prefix: tuple[str, ...]
) -> None:
    leaves = sorted(paths)

    assert leaves[leaves_below(prefix, leaves)] == [p for p in leaves if p[: len(prefix)] == prefix]
