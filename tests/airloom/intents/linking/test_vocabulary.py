from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airloom.errors import AirloomError
from airloom.intents.encoding import EmbeddingCache
from airloom.intents.linking.nodes import CATEGORY, NEED, NO_NODE
from airloom.intents.linking.taxonomy import Taxonomy
from airloom.intents.linking.vocabulary import Vocabulary
from airloom.logs.lake import Lake
from tests.airloom.intents.shop import HashingEncoder, contents

CATS = Taxonomy([["Pets", "Cats", "Beds"], ["Pets", "Cats", "Toys"]])
MORE = Taxonomy([["Arts", "Paint"], ["Pets", "Cats", "Beds"], ["Pets", "Cats", "Toys"]])


def vocabulary(lake: Lake, *, merge_at: float = 0.9) -> Vocabulary:
    return Vocabulary(lake, EmbeddingCache(lake, HashingEncoder()), merge_at=merge_at)


def test_categories_know_their_parents_and_needs_are_roots(lake: Lake) -> None:
    words = vocabulary(lake)
    node_paths = words.add_categories(CATS).node_paths
    needs = words.add_needs(["sleeping in a van"])

    nodes = words.nodes()

    beds = node_paths["pets", "cats", "beds"]
    assert [nodes.labels[node] for node in beds] == ["Pets", "Cats", "Beds"]
    assert nodes.path_to(beds[-1]) == beds
    assert nodes.levels[beds].tolist() == [0, 1, 2]
    assert nodes.kinds[beds].tolist() == [CATEGORY] * 3
    need = needs["sleeping in a van"]
    assert (nodes.parents[need], nodes.levels[need], nodes.kinds[need]) == (NO_NODE, 0, NEED)
    np.testing.assert_allclose(np.linalg.norm(nodes.embeddings, axis=1), 1.0, rtol=1e-5)


def test_needs_that_mean_nearly_the_same_are_one_node_named_by_the_first(lake: Lake) -> None:
    words = vocabulary(lake, merge_at=0.9)

    ids = words.add_needs(["owning cats", "owning cat", "grinding coffee"])

    assert ids["owning cats"] == ids["owning cat"] != ids["grinding coffee"]
    assert words.nodes().labels == ["grinding coffee", "owning cat"]


def test_needs_merge_under_the_same_parent_alone(lake: Lake) -> None:
    words = vocabulary(lake, merge_at=0.9)
    pets = words.add_categories(CATS).node_paths["pets",][-1]

    root = words.add_needs(["owning cats"])["owning cats"]
    below = words.add_needs(["owning cat", "owning cats"], parent=pets)

    assert root not in below.values()
    assert below["owning cat"] == below["owning cats"]
    nodes = words.nodes()
    assert nodes.path_to(below["owning cat"]) == [pets, below["owning cat"]]
    assert nodes.levels[below["owning cat"]] == 1


def test_a_need_set_apart_keeps_its_node_and_leads_no_other(lake: Lake) -> None:
    words = vocabulary(lake, merge_at=0.5)
    machine = words.add_needs(["fix it now a", "fix it now b"])
    apart = words.separate_node("fix it now b", parent=NO_NODE)
    words.save()

    again = vocabulary(lake, merge_at=0.5)

    assert apart not in machine.values()
    assert again[apart].label == "fix it now b"
    assert again.separate_node("fix it now b", parent=NO_NODE) == apart
    assert again.separate_node("fix it now a", parent=NO_NODE) == machine["fix it now a"]
    assert again.add_needs(["fix it now a", "fix it now b", "fix it at b"]) == machine | {
        "fix it at b": machine["fix it now a"]
    }


def test_categories_are_written_from_the_top_down(lake: Lake) -> None:
    words = vocabulary(lake)
    node_paths = words.add_categories(Taxonomy([["Pets", "Cats\t&  Co"]])).node_paths

    assert words.categories() == {
        node_paths["pets",][-1]: "Pets",
        node_paths["pets", "cats & co"][-1]: "Pets > Cats & Co",
    }
    assert words.is_below(node_paths["pets", "cats & co"][-1], node_paths["pets",][-1])
    assert not words.is_below(node_paths["pets",][-1], node_paths["pets",][-1])


def test_a_need_and_a_category_of_the_same_name_are_two_nodes(lake: Lake) -> None:
    words = vocabulary(lake)

    assert words.add_categories(CATS).node_paths["pets",][-1] != words.add_needs(["pets"])["pets"]


def test_a_later_day_adds_nodes_and_moves_none(lake: Lake) -> None:
    first = vocabulary(lake)
    node_paths, needs = first.add_categories(CATS).node_paths, first.add_needs(["owning cats", "van life"])
    before = first.nodes()
    first.save()

    second = vocabulary(lake)
    assert {
        path: ids for path, ids in second.add_categories(MORE).node_paths.items() if path in node_paths
    } == node_paths
    more = second.add_needs(["a calm evening", "owning cat", "owning cats", "van life"])
    second.save()
    after = vocabulary(lake).nodes()

    assert {label: more[label] for label in needs} == needs
    assert more["owning cat"] == needs["owning cats"]
    assert after.labels[: len(before.labels)] == before.labels
    np.testing.assert_array_equal(after.parents[: len(before.labels)], before.parents)
    np.testing.assert_array_equal(after.embeddings[: len(before.labels)], before.embeddings)
    assert len(after.labels) == len(before.labels) + 3


LABELS = st.sets(st.sampled_from([f"{verb} {thing}" for verb in ("own", "buy", "fix") for thing in "abcd"]))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(LABELS, min_size=1, max_size=4))
def test_a_name_leads_to_the_same_node_for_ever(
    days: list[set[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    lake = Lake(tmp_path_factory.mktemp("lake"))
    known: dict[str, int] = {}
    for labels in days:
        words = vocabulary(lake, merge_at=0.5)
        given_ids = words.add_needs(sorted(labels))
        words.save()
        assert all(known.get(label, node) == node for label, node in given_ids.items())
        known |= given_ids
        assert set(given_ids.values()) <= set(range(len(words.nodes().labels)))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(LABELS, min_size=1, max_size=3), random=st.randoms())
def test_within_a_day_the_order_of_the_labels_does_not_matter(
    days: list[set[str]], random: Random, tmp_path_factory: pytest.TempPathFactory
) -> None:
    ids = []
    for name in ("one", "other"):
        lake = Lake(tmp_path_factory.mktemp(name))
        for labels in days:
            shuffled = sorted(labels)
            random.shuffle(shuffled)
            words = vocabulary(lake, merge_at=0.5)
            words.add_needs(shuffled)
            words.save()
        ids.append(contents(lake.path("intents", "nodes")))

    assert ids[0] == ids[1]


def test_saving_twice_writes_once(lake: Lake) -> None:
    words = vocabulary(lake)
    words.add_categories(CATS)
    words.save()
    before = contents(lake.path("intents", "nodes"))

    words.save()
    again = vocabulary(lake)
    again.add_categories(CATS)
    again.save()

    assert contents(lake.path("intents", "nodes")) == before


def test_a_lost_file_is_noticed(lake: Lake) -> None:
    first = vocabulary(lake)
    first.add_categories(CATS)
    first.save()
    second = vocabulary(lake)
    second.add_needs(["van life"])
    second.save()
    Path(lake.path("intents", "nodes", "names-000000000.parquet")).unlink()

    with pytest.raises(AirloomError, match=r"gap before names-000000004\.parquet"):
        vocabulary(lake)
