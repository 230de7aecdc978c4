"""A model is judged by lifestyles that it was not trained on."""

from __future__ import annotations

from airloom.assistant.parsing.rules import RulesParser
from airloom.simulation.shopper_requests import split_of
from airloom.simulation.tuning_requests import shopper_tuning_requests
from tests.airloom.simulation.world_snapshot import world_snapshot

SNAPSHOT = world_snapshot()
SETS = shopper_tuning_requests(SNAPSHOT, split="valid", requests=60, held_out=30, seed=0)


def test_lifestyles_to_train_on_and_to_judge_by_are_others() -> None:
    assert {split_of(request.case.group) for request in SETS.training} == {"train"}
    assert {split_of(request.case.group) for request in SETS.held_out} == {"valid"}


def test_few_requests_are_of_all_kinds_and_many_lifestyles() -> None:
    assert (len(SETS.training), len(SETS.held_out)) == (60, 30)
    assert {request.case.kind for request in SETS.training} == {"explicit", "implicit", "misinformed"}
    assert len({request.case.group for request in SETS.training}) > 20


def test_a_reading_is_that_of_rules_without_prices_which_models_do_not_write() -> None:
    parser = RulesParser(SETS.graph)
    for request in SETS.training:
        parsed = parser.parse(request.case.query)
        assert request.reading == parsed._replace(price_range=None, price_claims=())


def test_a_seed_makes_the_same_requests() -> None:
    again = shopper_tuning_requests(SNAPSHOT, split="valid", requests=60, held_out=30, seed=0)
    other = shopper_tuning_requests(SNAPSHOT, split="valid", requests=60, held_out=30, seed=1)
    queries = [request.case.query for request in SETS.training]
    assert [request.case.query for request in again.training] == queries
    assert [request.case.query for request in other.training] != queries
