from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airloom.intents.encoding import embed_titles
from airloom.intents.import_answers import import_answers
from airloom.intents.linking.nodes import CATEGORY, MAX_DEPTH, NEED, Nodes
from airloom.intents.linking.resolve_objects import ObjectIntents, resolve_objects
from airloom.intents.linking.settings import LinkingSettings
from airloom.intents.linking.vocabulary import load_nodes
from airloom.intents.paths import normalize_label
from airloom.logs.contract import OBJECTS
from airloom.logs.lake import Lake
from tests.airloom.intents.linking.overriding import override
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
    video,
    write_replies,
)

SHARP = LinkingSettings(split=1)
SLEEPY = (["sleeping cats", "cats", "cat beds"], 0.6)


def resolved(lake: Lake, *, day: date = DAY, with_settings: LinkingSettings = SHARP) -> ObjectIntents:
    return resolve_objects(lake, through=day, encoder=HashingEncoder(), settings=with_settings)


def paths_of(intents: ObjectIntents, object_id: str) -> list[tuple[list[str], float]]:
    (row,) = [row for row in intents.table.to_pylist() if row["object_id"] == object_id]
    return [([intents.nodes.labels[node] for node in path], round(sure, 4)) for path, sure in paths_in(row)]


def paths_in(row: dict[str, Any]) -> list[tuple[list[int], float]]:
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

    first, second = (path for path, _ in paths_in(row))
    assert first[0] != second[0]
    assert first[1:] == second[1:]


def test_a_path_of_the_merchants_own_tree_has_no_need(lake: Lake) -> None:
    answer(lake, reply("c1", (["Kitchen", "Coffee", "Milk Frothers"], 0.3), (["kitchen", "coffee"], 0.2)))

    assert paths_of(resolved(lake), "c1") == [
        (["Kitchen", "Coffee", "Milk Frothers"], 0.3),
        (["Kitchen", "Coffee"], 0.2),
    ]


def test_labels_that_begin_with_the_tree_are_read_below_it_and_their_need_stands_there(lake: Lake) -> None:
    answer(lake, reply("c1", (["pet supplies", "quiet coffee mornings", "cats", "cat beds"], 0.6)))

    intents = resolved(lake)

    assert paths_of(intents, "c1") == [
        (["Pet Supplies", "quiet coffee mornings", "Cats", "Cat Beds"], 0.6),
    ]
    need = intents.nodes.labels.index("quiet coffee mornings")
    above = intents.nodes.labels[intents.nodes.parents[need]]
    assert (above, intents.nodes.levels[need], intents.nodes.kinds[need]) == ("Pet Supplies", 1, NEED)


def test_below_a_prefix_only_its_own_leaves_are_found(lake: Lake) -> None:
    answer(lake, reply("c1", (["kitchen", "cat beds"], 0.6)))

    (result,) = paths_of(resolved(lake), "c1")

    assert result[0][:2] == ["Kitchen", "Coffee"]


def test_a_need_below_a_category_that_is_a_leaf_has_nothing_to_stand_before(lake: Lake) -> None:
    put_objects(lake, NEXT_DAY, [product("p9", ["Arts"], "blue paint")])
    answer(lake, reply("c1", (["arts", "a calm evening", "water colours"], 0.6)))

    assert paths_of(resolved(lake, day=NEXT_DAY), "c1") == [(["Arts"], 0.6)]


def test_the_same_need_under_two_categories_is_two_nodes(lake: Lake) -> None:
    calm = [([top, "calm evenings", "thing"], 0.5) for top in ("pet supplies", "kitchen")]
    answer(lake, reply("c1", *calm, (["calm evenings", "thing"], 0.3)))

    assert resolved(lake).nodes.labels.count("calm evenings") == 3


def test_a_need_that_a_person_drops_leaves_the_category(lake: Lake) -> None:
    answer(lake, reply("c1", SLEEPY))
    override(lake, ("need", "Sleeping  cats", "-"))

    assert paths_of(resolved(lake), "c1") == [(["Pet Supplies", "Cats", "Cat Beds"], 0.6)]


def test_a_path_of_which_nothing_is_left_is_no_path(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "without products")
    put_objects(lake, DAY, [video("c1", "my cat sleeps in a bed")])
    answer(lake, reply("c1", SLEEPY, (["a cold winter", "cats"], 0.2)))
    override(lake, ("need", "sleeping cats", "-"))

    assert paths_of(resolved(lake), "c1") == [(["a cold winter"], pytest.approx(0.2))]


def test_a_product_type_leads_where_a_person_says(lake: Lake) -> None:
    answer(lake, reply("c1", SLEEPY), reply("c2", (["kitchen", "coffee", "milk frothers"], 0.5)))
    override(
        lake, ("product type", "cat beds", "pet supplies > CATS"), ("product type", "milk frothers", "-")
    )

    intents = resolved(lake, with_settings=LinkingSettings())

    assert paths_of(intents, "c1") == [(["sleeping cats", "Pet Supplies", "Cats"], 0.6)]
    assert paths_of(intents, "c2") == []
    assert paths_of(intents, "p5") == [(["Kitchen", "Coffee", "Milk Frothers"], 1.0)]


def test_a_need_goes_with_no_category_that_is_not_below_its_own(lake: Lake) -> None:
    answer(lake, reply("c1", (["pet supplies", "calm evenings", "cat beds"], 0.6)))
    override(lake, ("product type", "cat beds", "Kitchen > Coffee"))

    assert paths_of(resolved(lake), "c1") == [(["Kitchen", "Coffee"], 0.6)]


def test_a_day_before_an_overrides_category_can_be_repeated(lake: Lake) -> None:
    put_objects(lake, NEXT_DAY, [product("p9", ["Arts", "Paint"], "blue paint")])
    answer(lake, reply("c1", SLEEPY))
    resolved(lake, day=NEXT_DAY)
    override(lake, ("product type", "cat beds", "Arts > Paint"))

    assert paths_of(resolved(lake), "c1") == [(["sleeping cats", "Arts", "Paint"], 0.6)]


def test_signs_for_the_same_leaf_support_each_other(lake: Lake) -> None:
    answer(lake, reply("c1", SLEEPY, (["sleeping cats", "cats", "cat bed"], 0.5)))

    assert paths_of(resolved(lake), "c1") == [
        (["sleeping cats", "Pet Supplies", "Cats", "Cat Beds"], pytest.approx(1 - 0.4 * 0.5))
    ]


def test_a_vague_path_is_divided_among_the_nearest_leaves(lake: Lake) -> None:
    answer(lake, reply("c1", (["hot drinks", "coffee"], 0.5)))

    result = paths_of(resolved(lake, with_settings=LinkingSettings(split=2)), "c1")

    assert {labels[-1] for labels, _ in result} == {"Coffee Grinders", "Milk Frothers"}
    assert sum(sure for _, sure in result) == pytest.approx(0.5, abs=1e-3)


def test_only_the_strongest_paths_are_kept(lake: Lake) -> None:
    answer(lake, reply("c1", SLEEPY, (["hot drinks", "coffee", "milk frothers"], 0.2)))

    result = paths_of(resolved(lake, with_settings=dataclasses.replace(SHARP, max_paths=1)), "c1")

    assert [labels[0] for labels, _ in result] == ["sleeping cats"]


def test_a_second_run_writes_the_same_and_encodes_nothing(lake: Lake) -> None:
    answer(lake, reply("c1", SLEEPY))
    first = resolved(lake)
    before = contents(lake.path())
    idle = HashingEncoder()

    again = resolve_objects(lake, through=DAY, encoder=idle, settings=SHARP)

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
LABEL = WORD | st.sampled_from(
    ["Pet Supplies", "Cats", "Cat Beds", "deep", "deeper", "deepest", "calm", "calms"]
)
DEEP = st.just(["deep", "deeper", "deepest"])
LABELS = st.lists(LABEL, min_size=1, max_size=4) | st.tuples(DEEP, LABEL).map(
    lambda pair: [*pair[0], pair[1]]
)
PATH = st.tuples(LABELS, st.floats(0.01, 1.0))
ANSWERS = st.lists(st.lists(PATH, max_size=4), max_size=4)


def answered_shop(root: Path, answers: Any) -> Lake:
    """The shop with a branch as deep as there is one, and a reply about every video."""
    lake = shop(root)
    deep = product("p9", ["Deep", "Deeper", "Deepest", "Floor"], "sand")
    put_objects(lake, NEXT_DAY, [deep, product("p8", ["Deep"], "water")])
    answer(lake, reply("unknown"), *(reply(f"c{row + 1}", *paths) for row, paths in enumerate(answers)))
    return lake


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers=ANSWERS)
def test_whatever_is_answered_resolves_to_nodes_that_exist(answers: Any, tmp_path_factory: Any) -> None:
    lake = answered_shop(tmp_path_factory.mktemp("lake"), answers)
    intents = resolved(lake, day=NEXT_DAY, with_settings=LinkingSettings())

    for row in intents.table.to_pylist():
        assert sum(row["lengths"]) == len(row["nodes"])
        for path, sure in paths_in(row):
            assert 0.0 < sure <= 1.0
            assert len(path) <= MAX_DEPTH
            assert_coarse_to_fine(intents.nodes, path)


def assert_coarse_to_fine(nodes: Nodes, path: list[int]) -> None:
    needs = [node for node in path if nodes.kinds[node] == NEED]
    categories = [node for node in path if nodes.kinds[node] == CATEGORY]
    assert path[-1] == categories[-1]
    assert nodes.path_to(categories[-1]) == categories
    assert len(needs) <= 1
    for need in needs:
        assert nodes.path_to(need) == path[: path.index(need) + 1]


KEY = st.tuples(st.sampled_from(["need", "product type"]), LABEL)
CATEGORY_TEXTS = st.sampled_from(["Pet Supplies", "kitchen > coffee", "Deep > Deeper > Deepest > Floor", "-"])
OVERRIDES = st.dictionaries(
    KEY, st.tuples(st.sampled_from(["calm", "quiet", "-"]), CATEGORY_TEXTS), max_size=5
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers=ANSWERS, decisions=OVERRIDES)
def test_overrides_that_are_taken_back_leave_no_trace(
    answers: Any, decisions: Any, tmp_path_factory: Any
) -> None:
    lake = answered_shop(tmp_path_factory.mktemp("lake"), answers)
    first = resolved(lake, day=NEXT_DAY)
    rows = {}
    for (kind, label), (need, category) in decisions.items():
        rows[kind, normalize_label(label)] = (kind, label, need if kind == "need" else category)
    override(lake, *(row for key, row in rows.items() if key[1]))

    overridden = resolved(lake, day=NEXT_DAY)
    override(lake)
    last = resolved(lake, day=NEXT_DAY)

    assert overridden.nodes.labels[: len(first.nodes.labels)] == first.nodes.labels
    assert last.nodes.labels == overridden.nodes.labels
    assert last.table == first.table
    for row in overridden.table.to_pylist():
        for path, _ in paths_in(row):
            assert len(path) <= MAX_DEPTH
            assert_coarse_to_fine(overridden.nodes, path)


def test_what_is_said_about_a_product_follows_its_own_category(lake: Lake, tmp_path: Path) -> None:
    own = ["Pet Supplies", "Cats", "Cat Beds"]
    replies = write_replies(
        tmp_path / "replies.jsonl", reply("p1", (["tea time", "kitchen", "teapot"], 0.9), (own, 0.8))
    )
    import_answers(lake, replies, model="llm")

    result = resolved(lake)

    row = next(row for row in result.table.to_pylist() if row["object_id"] == "p1")
    labels = [[result.nodes.labels[node] for node in path] for path, _ in paths_in(row)]
    assert labels[0] == own
    assert labels.count(own) == 1
    assert len(labels) > 1
    assert paths_in(row)[0][1] == 1.0
