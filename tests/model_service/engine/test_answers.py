from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from pydantic import ValidationError

from airloom.assistant.parsing.rules import RulesParser
from airloom.logs.contract import ASK
from airloom.ranking.snapshot import Snapshot
from model_service.api.ask import AskRequest, AskResponse
from model_service.engine.engine import Engine
from model_service.outbox.exposure_log import PageImpression
from tests.model_service.engine.small_engine import AT, BrokenRanker, make_engine
from tests.model_service.shop import make_snapshot, with_attributes

USER = "watches-smoothies"


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return with_attributes(make_snapshot())


def ask(engine: Engine, query: str, **fields: object) -> AskResponse:
    return engine.ask(AskRequest.model_validate({"query": query, "user_id": USER, "at": AT} | fields))


def test_products_are_named_with_what_they_meet(snapshot: Snapshot) -> None:
    response = ask(
        make_engine(snapshot), "a red smoothie blender under 30 euros by the maker of Blender 5", k=3
    )
    assert [item.position for item in response.items] == [1, 2, 3]
    for item in response.items:
        assert int(item.object_id[-2:]) in range(2, 11, 2)
        assert item.price is not None
        assert item.price <= 30
        assert [match.source for match in item.matched] == ["merchant"] * 3
        assert item.reason == "color: red; category: smoothie blender; brand: whirl"
    assert [(condition.text, condition.values) for condition in response.understood.conditions] == [
        ("red", ["color: red"]),
        ("smoothie blender", ["category: smoothie blender"]),
        ("by the maker of Blender 5", ["brand: whirl"]),
    ]
    assert response.understood.references[0].object_id == "blender-05"
    assert (response.understood.price.high, response.understood.price.currency) == (30.0, "EUR")
    assert (response.source, response.degraded, response.relaxed) == ("rules", [], [])


def test_a_false_premise_is_corrected_and_what_cannot_be_met_is_named(snapshot: Snapshot) -> None:
    response = ask(make_engine(snapshot), "Blender 0 by whirl, in red, under 5 euros")
    assert [(correction.claim, correction.catalogue) for correction in response.corrections] == [
        ("Blender 0: brand whirl", "it names no brand of it")
    ]
    assert response.relaxed
    assert response.items


def test_an_answer_is_logged_as_an_exposure_of_its_surface(snapshot: Snapshot) -> None:
    shown: list[PageImpression] = []
    engine = make_engine(snapshot, shown=shown)
    response = ask(engine, "red")
    record = shown[0].record()
    assert (record["surface"], record["user_id"]) == (ASK, USER)
    assert record["request_id"] == response.request_id
    assert record["object_ids"] == [item.object_id for item in response.items]
    assert "red" not in str({key: value for key, value in record.items() if key != "object_ids"})
    ask(engine, "red", preview_variant="only")
    ask(engine, "red", user_id=None)
    assert len(shown) == 1


def test_a_ranker_that_fails_costs_the_order_only(snapshot: Snapshot) -> None:
    response = ask(make_engine(snapshot, ranker=BrokenRanker("raises")), "red smoothie blender")
    assert response.degraded == ["ranker"]
    assert {item.reason for item in response.items} == {"color: red; category: smoothie blender"}


def test_a_parser_that_fails_leaves_what_suits_the_user_and_no_word_in_the_log(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(_: RulesParser, query: str) -> None:
        raise RuntimeError(query)

    monkeypatch.setattr(RulesParser, "parse", failing)
    with caplog.at_level(logging.DEBUG):
        response = ask(make_engine(snapshot), "a secret wish")
    assert response.degraded == ["assistant"]
    assert response.clarify is None
    assert response.items
    assert "secret" not in caplog.text


def test_a_price_in_another_currency_is_converted_or_said_to_be_one(snapshot: Snapshot) -> None:
    shop = replace(snapshot, currency="USD")
    converted = ask(make_engine(shop, exchange_rates={"EUR": 1.25}), "smoothie blender under 20 euros")
    price = converted.understood.price
    assert (price.high, price.currency, price.shop_currency, price.rate) == (25.0, "EUR", "USD", 1.25)
    assert converted.corrections == []
    unknown = ask(make_engine(shop), "smoothie blender under 20 euros")
    assert [own.claim for own in unknown.corrections] == ["prices in EUR"]
    assert unknown.clarify is not None
    assert unknown.clarify.options == ["up to 20 USD"]


def test_nobody_in_particular_is_answered_by_popularity(snapshot: Snapshot) -> None:
    response = ask(make_engine(snapshot), "smoothie blender", user_id=None, k=5)
    assert [item.object_id for item in response.items] == [f"blender-{n}" for n in (19, 18, 17, 16, 15)]
    assert response.model_version == "popularity"


def test_nothing_that_is_not_on_sale_is_an_answer(snapshot: Snapshot) -> None:
    response = ask(make_engine(snapshot), "Blender of old, red", k=50)
    assert "blender-old" not in {item.object_id for item in response.items}


def test_a_conversation_is_what_the_client_says_of_it(snapshot: Snapshot) -> None:
    engine = make_engine(snapshot)
    response = ask(engine, "only in red", earlier=["a smoothie blender", "under 30 euros"])
    assert [condition.text for condition in response.understood.conditions] == ["smoothie blender", "red"]
    assert response.understood.price.high == 30.0
    assert [condition.text for condition in ask(engine, "only in red").understood.conditions] == ["red"]


def test_constraints_and_what_was_not_meant(snapshot: Snapshot) -> None:
    fields = {"must": ["brand: whirl"], "must_not": ["color: red"], "min_price": 5, "ignore": ["the price"]}
    response = ask(make_engine(snapshot), "smoothie blender under 3 euros", **fields)
    assert response.items
    for item in response.items:
        assert int(item.object_id[-2:]) % 2 == 1
        assert item.price is not None
        assert item.price >= 5
    assert response.understood.price.high is None
    unknown = ask(make_engine(snapshot), "red", must=["flavor: mint"])
    assert unknown.understood.unknown == ["flavor: mint"]


def test_what_the_request_leaves_open_is_asked_back(snapshot: Snapshot) -> None:
    engine = make_engine(snapshot)
    assert ask(engine, "a red smoothie blender").clarify is None
    open_wish = ask(engine, "surprise me")
    assert open_wish.items
    assert open_wish.clarify is not None
    assert open_wish.clarify.options == ["smoothie blender"]
    conflict = ask(engine, "a red smoothie blender under 5 euros").clarify
    assert conflict is not None
    assert conflict.question == (
        "No product on sale meets the price together with “red” and “smoothie blender”. "
        "Does the price matter more, or would something else do?"
    )
    assert conflict.options == ["up to 20"]
    following = ask(engine, conflict.options[0], earlier=["a red smoothie blender under 5 euros"])
    assert (following.relaxed, following.clarify) == ([], None)


def test_the_time_of_each_stage_is_told(snapshot: Snapshot) -> None:
    response = ask(make_engine(snapshot), "red")
    assert list(response.stage_ms) == ["parse", "resolve", "retrieve", "rank", "explain"]
    assert all(value >= 0 for value in response.stage_ms.values())


@pytest.mark.parametrize(
    "fields",
    [
        {"earlier": ["x"] * 9},
        {"earlier": [""]},
        {"must": ["red"]},
        {"must": ["color: "]},
        {"max_price": -1},
        {"max_price": False},
        {"max_price": "5"},
        {"min_price": float("inf")},
        {"ignore": ["x"] * 21},
    ],
)
def test_fields_have_limits(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        AskRequest.model_validate({"query": "red"} | fields)
