from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from airloom.assistant.answer import AssistantAnswer
from airloom.assistant.assistant import answer
from airloom.assistant.collaborative import COLLABORATIVE, MAX_ALIKE, Similarities, neighbor_scores
from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.parsing.rules import RulesParser
from airloom.assistant.turns import Constraints, understand
from airloom.assistant.understood import Beside, Neighborhood
from airloom.ranking.snapshot import Neighbors
from tests.airloom.assistant.small_catalogue import RANKER, SNAPSHOT, SOLD

LIKE_A_FILM = Neighborhood("like film 241", "film 241", (241,), Beside.CHOSEN_LIKE)


def shop() -> CatalogueGraph:
    """Whoever bought thing 33 bought thing 101, and more seldom thing 102; others bought nothing together."""
    counts = np.zeros(len(SNAPSHOT.objects.ids), np.int64)
    counts[33] = 2
    bought = Neighbors(
        np.concatenate([[0], np.cumsum(counts)]), np.array([101, 102], np.int32), np.array([4, 1], np.float32)
    )
    return CatalogueGraph(replace(SNAPSHOT, neighbors=bought))


GRAPH = shop()


def ask(query: str, *, similarities: Similarities | None = None, ignore: str = "") -> AssistantAnswer:
    understood = understand(
        [RulesParser(GRAPH).parse(query)], GRAPH, Constraints(ignored=frozenset([ignore]))
    )
    popularity = SNAPSHOT.objects.popularity.__getitem__
    return answer(understood, GRAPH, scores_of=popularity, count=10, similarities=similarities)


def rows(answered: AssistantAnswer) -> list[int]:
    return [SNAPSHOT.index[item.object_id] for item in answered.items]


def of_leaf_7(row: int, others: NDArray[np.int32]) -> NDArray[np.float32]:
    return np.where(others // 10 == 7, 0.9, -0.1).astype(np.float32)


@pytest.mark.parametrize("query", ["what goes with thing 33?", "what goes with my shelf 3?"])
def test_where_the_catalogue_does_not_say_what_goes_with_a_thing_people_do(query: str) -> None:
    answered = ask(query)
    assert rows(answered)[:2] == [101, 102]
    name = answered.understood.neighborhoods[0].name
    first, second = (item.matched[0].edge for item in answered.items[:2])
    assert first == ("bought_with", name, COLLABORATIVE, 1.0)
    assert second == ("bought_with", name, COLLABORATIVE, 0.25)
    assert answered.items[0].reason == f"bought with: {name}"
    assert answered.items[2].matched == ()
    assert [correction.catalogue for correction in answered.understood.corrections] == [
        "the catalogue does not say what does"
    ]


def test_what_the_catalogue_says_is_not_asked_of_people() -> None:
    assert ask("what goes with thing 3?").understood.neighborhoods == ()
    assert ask("like thing 33", similarities=of_leaf_7).understood.neighborhoods == ()


def test_what_is_like_a_thing_of_no_kind_is_what_the_ranker_takes_for_alike() -> None:
    answered = ask("something like film 241", similarities=of_leaf_7)
    assert {row // 10 for row in rows(answered)[:8]} == {7}
    assert answered.items[0].matched[0].edge == ("chosen_like", "film 241", COLLABORATIVE, 1.0)
    assert answered.items[-1].matched == ()


def test_conditions_come_before_neighborhoods_and_one_that_was_not_meant_does_not_count() -> None:
    answered = ask("black, something like film 241", similarities=of_leaf_7)
    assert {row % 2 for row in rows(answered)} == {1}
    assert rows(answered)[0] // 10 == 7
    ignored = ask("something like film 241", similarities=of_leaf_7, ignore="like film 241")
    assert {item.matched for item in ignored.items} == {()}


def test_scores_are_of_the_nearest_only_and_without_vectors_of_what_was_bought_with_it() -> None:
    scores = neighbor_scores(LIKE_A_FILM, GRAPH, RANKER.similarities)
    assert (scores > 0).sum() <= MAX_ALIKE
    assert scores.max() == pytest.approx(1)
    assert not scores[SOLD:].any()
    assert not neighbor_scores(LIKE_A_FILM, GRAPH, None).any()
    bought = neighbor_scores(LIKE_A_FILM._replace(rows=(33,)), GRAPH, None)
    assert np.flatnonzero(bought).tolist() == [101, 102]


def test_vectors_that_say_nothing_leave_it_to_what_was_bought_together() -> None:
    def nothing(row: int, others: NDArray[np.int32]) -> NDArray[np.float32]:
        return np.zeros(len(others), np.float32)

    bought = neighbor_scores(LIKE_A_FILM._replace(rows=(33,)), GRAPH, nothing)
    assert np.flatnonzero(bought).tolist() == [101, 102]
