"""Sampled requests are answered by what they say that answers them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.parsing.reply import readings, written
from airloom.assistant.rft.item_vectors import vectors_of_graph
from airloom.assistant.rft.judge import ReplyJudge
from airloom.assistant.rft.sampled_requests import SampledRequest, sample_requests, sampled_sets
from airloom.assistant.rft.settings import RewardSettings
from airloom.assistant.turns import understand
from tests.airloom.assistant.small_catalogue import GRAPH, PARSER, SNAPSHOT

BOUGHT = SNAPSHOT.products
REQUESTS = sample_requests(GRAPH, BOUGHT, count=150, seed=5)


def test_all_kinds_are_made_in_turn() -> None:
    kinds = Counter(request.case.kind for request in REQUESTS)

    assert set(kinds) == {"explicit", "implicit", "misinformed"}
    assert min(kinds.values()) >= 45


def test_the_reading_leads_to_a_product_that_answers() -> None:
    judge = ReplyJudge(
        GRAPH, vectors_of_graph(SNAPSHOT.attributes, len(SNAPSHOT.objects.ids)), RewardSettings()
    )

    for request in REQUESTS:
        verdict = judge(written([request.reading]), request.case, tokens=1)
        assert verdict.judged.is_right, request.case.query
        assert verdict.reward.query_alignment == 1.0, request.case.query


def test_the_product_that_was_bought_answers_and_meets_every_condition() -> None:
    for request in REQUESTS:
        assert request.target in request.case.satisfying
        for values in request.case.stated or ():
            assert request.target in SNAPSHOT.attributes.products_with(values)


def test_a_false_premise_is_one() -> None:
    for request in (own for own in REQUESTS if own.case.kind == "misinformed"):
        [claim] = request.reading.claims
        assert claim.value in request.case.query
        assert understand([request.reading], GRAPH).corrections, request.case.query


def test_rules_understand_most_of_them() -> None:
    judge = ReplyJudge(GRAPH, np.zeros((len(SNAPSHOT.objects.ids), 1), np.float32), RewardSettings())
    right = [
        judge(written([PARSER.parse(own.case.query)]), own.case, tokens=1).judged.is_right for own in REQUESTS
    ]

    assert np.mean(right) > 0.8


def test_a_reading_can_be_written_and_read() -> None:
    for request in REQUESTS:
        assert readings(1).parse(written([request.reading])) == (request.reading,)


def test_a_seed_makes_the_same_requests() -> None:
    def texts(requests: list[SampledRequest]) -> list[str]:
        return [request.case.query for request in requests]

    assert texts(sample_requests(GRAPH, BOUGHT, count=20, seed=5)) == texts(REQUESTS)[:20]
    assert texts(sample_requests(GRAPH, BOUGHT, count=20, seed=6)) != texts(REQUESTS)[:20]


def test_a_shop_of_one_kind_and_maker_has_nothing_to_be_wrong_about() -> None:
    attributes = SNAPSHOT.attributes
    values = [
        "one" if name in {"brand", "category"} else value
        for name, value in zip(attributes.relations, attributes.values, strict=True)
    ]
    graph = CatalogueGraph(replace(SNAPSHOT, attributes=attributes._replace(values=values)))

    kinds = {request.case.kind for request in sample_requests(graph, BOUGHT, count=9, seed=5)}
    assert kinds == {"explicit", "implicit"}


def test_nothing_on_sale_is_a_clear_error() -> None:
    with pytest.raises(ValueError, match="None of the products"):
        sample_requests(GRAPH, np.array([0], np.int32), count=1, seed=0)


def test_held_out_requests_are_about_other_products() -> None:
    sets = sampled_sets(GRAPH, SNAPSHOT.products, training=60, held_out=60, seed=0)
    training, held_out = (
        [one for one in own if isinstance(one, SampledRequest)] for own in (sets.training, sets.held_out)
    )

    assert len(training) > 40
    assert not {own.target for own in training} & {own.target for own in held_out}
    assert not {own.case.query_id for own in training} & {own.case.query_id for own in held_out}
