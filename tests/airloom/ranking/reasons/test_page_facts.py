from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from airloom.causes import SIGNALS, Cause
from airloom.ranking.history import ACTION_CODE, UserHistory
from airloom.ranking.inferred import InferredBehaviors
from airloom.ranking.reasons.page_facts import PageFacts
from airloom.ranking.snapshot import Snapshot
from tests.model_service.shop import BLENDER, NOON, make_snapshot

NOTHING = np.array([[-1]], np.int32)


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    """All titles are alike; the neighbors of the smoothie video are blender-03 and, less, blender-01."""
    return make_snapshot()


def history_of(snapshot: Snapshot, *events: tuple[str, str]) -> UserHistory:
    return UserHistory(
        np.array([snapshot.index[object_id] for object_id, _ in events], np.int32),
        np.array([ACTION_CODE[action] for _, action in events], np.int8),
        NOON - 60 * np.arange(len(events), 0, -1),
    )


def events_of(
    signal: Cause, snapshot: Snapshot, product: str, *events: tuple[str, str], **read: Any
) -> list[int] | None:
    facts = PageFacts(
        snapshot,
        np.zeros(len(snapshot.objects.ids), np.bool_),
        history=history_of(snapshot, *events),
        products=np.array([snapshot.index[product]], np.int32),
        **({"retrieved": NOTHING, "evidence": NOTHING} | read),
    )
    return facts.events_of(signal, 0)


def test_bought_together_are_products_with_an_edge_from_what_the_user_touched(snapshot: Snapshot) -> None:
    events = [("video-smoothie", "view"), ("视频-猫", "like"), ("video-smoothie", "like")]
    assert events_of(Cause.BOUGHT_TOGETHER, snapshot, "blender-01", *events) == [2, 0]
    assert events_of(Cause.BOUGHT_TOGETHER, snapshot, "blender-02", *events) is None


def test_the_object_with_the_strongest_edge_comes_first(snapshot: Snapshot) -> None:
    row, offsets = snapshot.index, np.zeros(len(snapshot.objects.ids) + 1, np.int64)
    offsets[row["video-smoothie"] + 1 :] += 1
    offsets[row["视频-猫"] + 1 :] += 1
    target = np.array([row["blender-02"]] * 2, np.int32)
    neighbors = snapshot.neighbors._replace(
        offsets=offsets, objects=target, weights=np.array([2.0, 1.0], np.float32)
    )
    events = [("video-smoothie", "view"), ("视频-猫", "like")]
    strongest = events_of(
        Cause.BOUGHT_TOGETHER, replace(snapshot, neighbors=neighbors), "blender-02", *events
    )
    assert strongest == [0, 1]


def test_a_repeat_is_the_product_itself_the_newest_event_first(snapshot: Snapshot) -> None:
    events = [("blender-02", "click"), ("blender-03", "cart"), ("blender-02", "order")]
    assert events_of(Cause.REPEAT, snapshot, "blender-02", *events) == [2, 0]
    assert events_of(Cause.REPEAT, snapshot, "blender-04", *events) is None


def test_titles_are_similar_from_a_cosine_of_a_half(snapshot: Snapshot) -> None:
    texts = snapshot.texts.objects.copy()
    cosines = {"blender-01": 0.6, "blender-02": 0.49, "blender-03": 0.9}
    texts[snapshot.index["blender-00"]] = np.eye(1, texts.shape[1])
    for product, cosine in cosines.items():
        texts[snapshot.index[product]] = cosine * np.eye(1, texts.shape[1])
    similar = replace(snapshot, texts=snapshot.texts._replace(objects=texts))
    events = [(product, "click") for product in cosines]
    assert events_of(Cause.TITLE, similar, "blender-00", *events) == [2, 0]
    assert events_of(Cause.TITLE, similar, "blender-00", ("blender-02", "click")) is None


def test_prices_are_close_to_those_of_products_never_to_content(snapshot: Snapshot) -> None:
    cheap, dear = "blender-00", "blender-19"  # 20.0 and 39.0
    events = [("blender-04", "click"), ("blender-08", "cart"), ("blender-01", "order")]  # 24, 28, 21
    assert events_of(Cause.PRICE, snapshot, cheap, *events) == [2, 0]
    assert events_of(Cause.PRICE, snapshot, dear, *events) is None
    assert events_of(Cause.PRICE, snapshot, "blender-old", *events) is None  # it has no price
    prices = np.full_like(snapshot.objects.prices, 20.0)
    priced = replace(snapshot, objects=snapshot.objects._replace(prices=prices))
    assert events_of(Cause.PRICE, priced, cheap, ("video-smoothie", "view")) is None


def test_the_sequence_is_the_latest_events(snapshot: Snapshot) -> None:
    events = [("blender-04", "click")] * 2 + [("video-smoothie", "view")] * 2
    assert events_of(Cause.SEQUENCE, snapshot, "blender-00", *events) == [3, 2, 1]


@pytest.mark.parametrize("signal", [Cause.BOUGHT_TOGETHER, Cause.TITLE, Cause.SEQUENCE, Cause.PRICE])
def test_a_product_is_no_reason_for_itself(snapshot: Snapshot, signal: Cause) -> None:
    row, count = snapshot.index["blender-02"], len(snapshot.objects.ids)
    linked = snapshot.neighbors._replace(
        offsets=np.arange(count + 1),
        objects=np.full(count, row, np.int32),
        weights=np.ones(count, np.float32),
    )
    every = replace(snapshot, neighbors=linked)
    itself, other = ("blender-02", "order"), ("blender-03", "click")
    assert events_of(signal, every, "blender-02", itself) is None
    assert events_of(signal, every, "blender-02", itself, other) == [1]


def test_popularity_needs_no_event_but_a_popular_product(snapshot: Snapshot) -> None:
    popular = np.zeros(len(snapshot.objects.ids), np.bool_)
    popular[snapshot.index["blender-19"]] = True
    rows = np.array([snapshot.index["blender-19"], snapshot.index["blender-18"]], np.int32)
    facts = PageFacts(
        snapshot,
        popular,
        history=UserHistory.empty(),
        products=rows,
        retrieved=np.repeat(NOTHING, 2, axis=0),
        evidence=np.repeat(NOTHING, 2, axis=0),
    )
    assert (facts.events_of(Cause.POPULARITY, 0), facts.events_of(Cause.POPULARITY, 1)) == ([], None)


def test_intents_are_the_events_behind_the_chain(snapshot: Snapshot) -> None:
    read = {"retrieved": np.array([[BLENDER]], np.int32), "evidence": np.array([[1, 0]], np.int32)}
    events = [("video-smoothie", "view"), ("视频-猫", "like")]
    assert events_of(Cause.INTENTS, snapshot, "blender-00", *events, **read) == [0]
    assert events_of(Cause.INTENTS, snapshot, "blender-00", *events[::-1], **read) == [1]
    read["evidence"] = np.array([[1, -1]], np.int32)
    assert events_of(Cause.INTENTS, snapshot, "blender-00", *events, **read) is None


def test_an_event_that_the_user_does_not_have_is_an_error(snapshot: Snapshot) -> None:
    read = {"retrieved": np.array([[BLENDER]], np.int32), "evidence": np.array([[1, -1]], np.int32)}
    with pytest.raises(IndexError):
        events_of(Cause.INTENTS, snapshot, "blender-00", ("video-smoothie", "view"), **read)


@pytest.mark.parametrize("signal", [signal for signal in SIGNALS if signal != Cause.POPULARITY])
def test_without_events_nothing_of_a_user_is_shown(snapshot: Snapshot, signal: Cause) -> None:
    assert events_of(signal, snapshot, "blender-00") is None


def behavior_of(snapshot: Snapshot, product: str, *inferred: str) -> int | None:
    products = np.array([snapshot.index[name] for name in inferred], np.int32)
    facts = PageFacts(
        snapshot,
        np.zeros(len(snapshot.objects.ids), np.bool_),
        history=UserHistory.empty()._replace(
            inferred=InferredBehaviors(products, np.ones(len(products), np.float32))
        ),
        products=np.array([snapshot.index[product]], np.int32),
        retrieved=NOTHING,
        evidence=NOTHING,
    )
    assert facts.events_of(Cause.INFERRED, 0) == (None if facts.behavior(0) is None else [])
    return facts.behavior(0)


def test_an_inferred_behavior_shows_the_product_itself_and_products_with_a_similar_title(
    snapshot: Snapshot,
) -> None:
    assert behavior_of(snapshot, "blender-02", "blender-01", "blender-02") == snapshot.index["blender-02"]
    assert behavior_of(snapshot, "blender-02", "blender-01") == snapshot.index["blender-01"]
    assert behavior_of(snapshot, "blender-02") is None
    untitled = snapshot.texts._replace(objects=np.zeros_like(snapshot.texts.objects))
    assert behavior_of(replace(snapshot, texts=untitled), "blender-02", "blender-01") is None
