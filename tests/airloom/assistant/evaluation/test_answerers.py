from __future__ import annotations

import numpy as np

from airloom.assistant.evaluation.answerers import AssistantAnswerer, ScoringControl
from tests.airloom.assistant.small_catalogue import GRAPH, PARSER, SNAPSHOT

ACTIVE = [SNAPSHOT.objects.ids[row] for row in SNAPSHOT.products.tolist()]


def test_the_assistant_answers_with_ids_reasons_and_times() -> None:
    answered = AssistantAnswerer(GRAPH, PARSER)("red things of shelf 2", count=3)
    assert answered.assistant is not None
    assert answered.ids == tuple(item.object_id for item in answered.assistant.items)
    assert set(answered.ids) <= set(ACTIVE)
    assert list(answered.seconds) == ["parse", "resolve", "retrieve", "rank", "explain"]


def test_the_assistant_chooses_from_a_list_only() -> None:
    among = np.array([20, 24, 25, 33], np.int32)
    answered = AssistantAnswerer(GRAPH, PARSER)("red things of shelf 2", count=4, among=among)
    assert set(answered.ids[:2]) == {SNAPSHOT.objects.ids[row] for row in (20, 24)}
    assert set(answered.ids) <= {SNAPSHOT.objects.ids[row] for row in among}


def test_a_control_orders_by_its_score_and_then_by_popularity() -> None:
    rows = SNAPSHOT.products
    scores = np.zeros(len(SNAPSHOT.objects.ids), np.float32)
    scores[rows[5]], scores[rows[0]] = 1, -np.inf
    control = ScoringControl(GRAPH, lambda _: scores)
    ids = control("anything", count=len(rows)).ids
    popular = sorted(rows[1:].tolist(), key=lambda row: (-SNAPSHOT.objects.popularity[row], row))
    popular.remove(int(rows[5]))
    assert ids == tuple(SNAPSHOT.objects.ids[row] for row in (int(rows[5]), *popular))
    assert control("anything", count=1, among=rows[:3]).ids[0] in ids
    assert control("anything", count=9, among=rows[:1]).ids == ()


def test_a_control_is_asked_once_for_a_request_and_its_lists() -> None:
    asked = []

    def scores_of(query: str) -> np.ndarray:
        asked.append(query)
        return np.zeros(len(SNAPSHOT.objects.ids), np.float32)

    control = ScoringControl(GRAPH, scores_of)
    for query in ("one", "one", "two"):
        control(query, count=1)
    assert asked == ["one", "two"]
