from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airloom.intents.encoding import EmbeddingCache
from airloom.intents.linking.need_nodes import Need, need_nodes, overridden_needs
from airloom.intents.linking.nodes import NO_NODE
from airloom.intents.linking.overrides import DROP
from airloom.intents.linking.taxonomy import Taxonomy
from airloom.intents.linking.vocabulary import Vocabulary
from airloom.logs.lake import Lake
from tests.airloom.intents.shop import HashingEncoder, contents

LABELS = ["grinding coffee", "owning cat", "owning cats", "the owning cat"]


def vocabulary(lake: Lake) -> Vocabulary:
    return Vocabulary(lake, EmbeddingCache(lake, HashingEncoder()), merge_at=0.7)


def nodes(lake: Lake, becomes: dict[str, str], labels: list[str] = LABELS) -> dict[str, int]:
    words = vocabulary(lake)
    linked = need_nodes([(NO_NODE, label) for label in labels], vocabulary=words, becomes=becomes)
    words.save()
    return {label: node for (_, label), node in linked.items()}


def names(lake: Lake, becomes: dict[str, str]) -> dict[str, str]:
    ids, words = nodes(lake, becomes), vocabulary(lake)
    return {label: DROP if node == NO_NODE else words[node].key for label, node in ids.items()}


def test_without_overrides_the_machine_decides(lake: Lake) -> None:
    assert names(lake, {}) == {
        "grinding coffee": "grinding coffee",
        "owning cat": "owning cat",
        "owning cats": "owning cat",
        "the owning cat": "owning cat",
    }


def test_what_was_merged_is_kept_apart(lake: Lake) -> None:
    before = nodes(lake, {})

    after = nodes(lake, {"owning cats": "owning cats"})

    assert after["owning cats"] == max(before.values()) + 1
    assert after | {"owning cats": before["owning cats"]} == before


def test_a_line_about_a_need_is_about_all_that_was_merged_into_it(lake: Lake) -> None:
    linked = names(lake, {"owning cat": "grinding coffee", "grinding coffee": "grinding coffee"})

    assert set(linked.values()) == {"grinding coffee"}


def test_a_line_of_its_own_counts_more_than_the_line_of_the_need_it_was_merged_into(lake: Lake) -> None:
    linked = names(lake, {"owning cat": DROP, "owning cats": "owning cats"})

    assert linked["the owning cat"] == linked["owning cat"] == DROP
    assert linked["owning cats"] == "owning cats"


def test_a_need_may_become_one_that_nobody_named_or_that_was_merged_into_it(lake: Lake) -> None:
    linked = names(
        lake, {"owning cat": "owning cats", "owning cats": "owning cats", "grinding coffee": "new"}
    )

    assert linked["owning cat"] == linked["the owning cat"] == "owning cats"
    assert linked["grinding coffee"] == "new"


def test_it_becomes_the_need_under_its_own_parent(lake: Lake) -> None:
    words = vocabulary(lake)
    pets = words.add_categories(Taxonomy([["Pets", "Cats"]])).node_paths["pets",][-1]
    named: list[Need | None] = [(NO_NODE, "calm"), (pets, "calm"), None]

    linked = need_nodes(named, vocabulary=words, becomes={"calm": "quiet", "quiet": "quiet"})

    root, below = linked[NO_NODE, "calm"], linked[pets, "calm"]
    assert [words[node].key for node in (root, below)] == ["quiet", "quiet"]
    assert [words[node].parent for node in (root, below)] == [NO_NODE, pets]


def test_asking_again_adds_nothing(lake: Lake) -> None:
    becomes = {"owning cats": "feline", "feline": "feline"}
    first = nodes(lake, becomes)
    before = contents(lake.path("intents", "nodes"))

    assert nodes(lake, becomes) == first
    words = vocabulary(lake)
    again = overridden_needs(words, becomes)
    assert again == {(NO_NODE, "owning cats"): first["owning cats"], (NO_NODE, "feline"): first["feline"]}
    assert contents(lake.path("intents", "nodes")) == before


NEEDS = [f"{verb} and {verb}ing thing {thing}" for verb in ("own", "buy") for thing in "abcd"]
GOALS = st.sampled_from([*NEEDS, DROP, "never named"])
STEP = st.tuples(st.sets(st.sampled_from(NEEDS)), st.dictionaries(st.sampled_from(NEEDS), GOALS, max_size=3))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=4))
def test_overrides_that_come_and_go_leave_no_trace(
    steps: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    lake = Lake(tmp_path_factory.mktemp("lake"))
    without = nodes(lake, {}, NEEDS)
    meaning: dict[int, str] = {}
    for labels, becomes in steps:
        goals = {goal: goal for goal in becomes.values() if goal != DROP}
        closed = {label: goal for label, goal in becomes.items() if label not in goals} | goals
        linked = nodes(lake, closed, sorted(labels))
        assert all(
            vocabulary(lake)[linked[label]].key == goal for label, goal in goals.items() if label in linked
        )
        words = vocabulary(lake)
        now = {node: words[node].key for _, _, node in words.needs()}
        assert meaning.items() <= now.items()
        meaning |= now

    assert nodes(lake, {}, NEEDS) == without
