from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airloom.intents.import_answers import import_answers
from airloom.intents.vocabulary.nodes import CATEGORY, MAX_DEPTH, NEED, Nodes
from airloom.intents.vocabulary.resolution import (
    ObjectIntents,
    VocabularySettings,
    embed_titles,
    load_nodes,
    resolve_objects,
)
from airloom.logs.contract import OBJECTS
from airloom.logs.lake import Lake
from tests.airloom.intents.shop import (
    DAY,
    NEXT_DAY,
    PRODUCTS,
    HashingEncoder,
    contents,
    product,
    put_objects,
    reply,
    shop,
    write_replies,
)

SHARP = VocabularySettings(split=1)
SLEEPY = (["sleeping cats", "cats", "cat beds"], 0.6)


def resolved(lake: Lake, *, day=DAY, with_settings: VocabularySettings = SHARP) -> ObjectIntents:
    return resolve_objects(lake, as_of=day, encoder=HashingEncoder(), settings=with_settings)


def paths_of(intents: ObjectIntents, object_id: str) -> list[tuple[list[str], float]]:
    (row,) = [row for row in intents.table.to_pylist() if row["object_id"] == object_id]
    return [([intents.nodes.labels[node] for node in walk], round(sure, 4)) for walk, sure in walks(row)]


def walks(row: dict[str, Any]) -> list[tuple[list[int], float]]:
    ends = np.cumsum(row["lengths"]).tolist()
    starts = [0, *ends][: len(ends)]
    cut = [row["nodes"][start:end] for start, end in zip(starts, ends, strict=True)]
    return list(zip(cut, row["confidences"], strict=True))


def answer(lake: Lake, *lines: str) -> None:
    replies = write_replies(Path(lake.root) / "replies.jsonl", *lines)
    import_answers(lake, replies, model="llm", prompt="v1")


def test_a_product_leads_to_its_category_and_a_video_without_answer_nowhere(lake: Lake) -> None:
    intents = resolved(lake)

    assert paths_of(intents, "p1") == [(["Pet Supplies", "Cats", "Cat Beds"], 1.0)]
    assert paths_of(intents, "c1") == []
    assert intents.table["object_id"].to_pylist() == sorted(["c1", "c2", "c3", "c4", "c5", *PRODUCTS])


def test_free_labels_become_a_need_and_the_leaf_that_means_the_same(lake: Lake) -> None:
    answer(lake, reply("c1", SLEEPY))

    assert paths_of(resolved(lake), "c1") == [(["sleeping cats", "Pet Supplies", "Cats", "Cat Beds"], 0.6)]


def test_the_same_leaf_under_two_needs_is_one_node(lake: Lake) -> None:
    answer(lake, reply("c1", SLEEPY, (["a cold winter", "cats", "cat beds"], 0.2)))

    intents = resolved(lake)
    (row,) = [row for row in intents.table.to_pylist() if row["object_id"] == "c1"]

    first, second = (walk for walk, _ in walks(row))
    assert first[0] != second[0]
    assert first[1:] == second[1:]


def test_a_path_of_the_merchants_own_tree_has_no_need(lake: Lake) -> None:
    answer(lake, reply("c1", (["Kitchen", "Coffee", "Milk Frothers"], 0.3), (["kitchen", "coffee"], 0.2)))

    assert paths_of(resolved(lake), "c1") == [
        (["Kitchen", "Coffee", "Milk Frothers"], 0.3),
        (["Kitchen", "Coffee"], 0.2),
    ]


def test_signs_for_the_same_leaf_support_each_other(lake: Lake) -> None:
    answer(lake, reply("c1", SLEEPY, (["sleeping cats", "cats", "cat bed"], 0.5)))

    assert paths_of(resolved(lake), "c1") == [
        (["sleeping cats", "Pet Supplies", "Cats", "Cat Beds"], pytest.approx(1 - 0.4 * 0.5))
    ]


def test_a_vague_path_is_divided_among_the_nearest_leaves(lake: Lake) -> None:
    answer(lake, reply("c1", (["hot drinks", "coffee"], 0.5)))

    found = paths_of(resolved(lake, with_settings=VocabularySettings(split=2)), "c1")

    assert {labels[-1] for labels, _ in found} == {"Coffee Grinders", "Milk Frothers"}
    assert sum(sure for _, sure in found) == pytest.approx(0.5, abs=1e-3)


def test_only_the_strongest_paths_are_kept(lake: Lake) -> None:
    answer(lake, reply("c1", SLEEPY, (["hot drinks", "coffee", "milk frothers"], 0.2)))

    found = paths_of(resolved(lake, with_settings=dataclasses.replace(SHARP, max_paths=1)), "c1")

    assert [labels[0] for labels, _ in found] == ["sleeping cats"]


def test_a_second_run_writes_the_same_and_encodes_nothing(lake: Lake) -> None:
    answer(lake, reply("c1", SLEEPY))
    first = resolved(lake)
    before = contents(lake.path())
    idle = HashingEncoder()

    again = resolve_objects(lake, as_of=DAY, encoder=idle, settings=SHARP)

    assert idle.encoded == []
    assert contents(lake.path()) == before
    assert again.table == first.table
    np.testing.assert_array_equal(load_nodes(lake, encoder=idle).embeddings, first.nodes.embeddings)


def test_a_new_category_changes_no_id_and_an_earlier_day_can_be_repeated(lake: Lake) -> None:
    answer(lake, reply("c1", SLEEPY))
    first = resolved(lake)
    put_objects(lake, NEXT_DAY, [product("p9", ["Arts", "Paint"], "blue paint")])

    later = resolved(lake, day=NEXT_DAY)

    assert later.nodes.labels[: len(first.nodes.labels)] == first.nodes.labels
    assert paths_of(later, "p9") == [(["Arts", "Paint"], 1.0)]
    assert resolved(lake).table == first.table


def test_titles_are_embedded_in_the_order_of_the_objects(lake: Lake) -> None:
    objects = lake.read(OBJECTS)

    embedded = embed_titles(lake, objects, encoder=HashingEncoder())

    assert embedded["object_id"] == objects["object_id"]
    expected = HashingEncoder().encode(objects["title"].to_pylist())
    np.testing.assert_array_equal(np.array(embedded["embedding"].to_pylist(), np.float32), expected)


WORD = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8)
PATH = st.tuples(st.lists(WORD, min_size=1, max_size=4), st.floats(0.01, 1.0))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers=st.lists(st.lists(PATH, max_size=4), max_size=4))
def test_whatever_is_answered_resolves_to_nodes_that_exist(answers: Any, tmp_path_factory: Any) -> None:
    lake = shop(tmp_path_factory.mktemp("lake"))
    answer(lake, reply("unknown"), *(reply(f"c{row + 1}", *paths) for row, paths in enumerate(answers)))
    intents = resolved(lake, with_settings=VocabularySettings())

    for row in intents.table.to_pylist():
        assert sum(row["lengths"]) == len(row["nodes"])
        for walk, sure in walks(row):
            assert 0.0 < sure <= 1.0
            assert len(walk) <= MAX_DEPTH
            assert_coarse_to_fine(intents.nodes, walk)


def assert_coarse_to_fine(nodes: Nodes, walk: list[int]) -> None:
    categories = walk[1:] if nodes.kinds[walk[0]] == NEED else walk
    assert categories
    assert all(nodes.kinds[node] == CATEGORY for node in categories)
    assert nodes.walk(categories[-1]) == categories
