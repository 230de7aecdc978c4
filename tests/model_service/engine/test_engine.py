from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from airloom.errors import AirloomError
from airloom.experiments.assignment import assign
from airloom.experiments.experiment import Experiment, Variant
from airloom.ranking.air import AirRanker
from airloom.ranking.baselines.item_cf import ItemCfRanker
from airloom.ranking.baselines.popularity_ranker import PopularityRanker
from airloom.ranking.event_weights import EventWeightSettings
from airloom.ranking.ranker import Ranker, Ranking
from airloom.ranking.snapshot import Snapshot
from model_service.api.rank import RankRequest
from model_service.engine.engine import Engine
from model_service.engine.loaded_release import LoadedRelease
from model_service.outbox.exposure_log import PageImpression
from model_service.user_events.reader import UserEventReader
from model_service.user_events.recent_events import KeptEvents, MemoryRecentEvents, RecentEvent
from tests.model_service.engine.small_engine import AT, ONE, BrokenRanker, ReasoningRanker, make_engine, read
from tests.model_service.shop import EXPERIMENT, NOON


def unreadable(user_id: str) -> tuple[Sequence[str], Sequence[str], Sequence[int]]:
    raise ConnectionError(user_id)


def page(engine: Engine, user_id: str = "watches-smoothies", **fields: Any) -> list[str]:
    response = engine.rank(RankRequest(user_id=user_id, **({"at": AT} | fields)))
    return [item.object_id for item in response.items]


def test_the_user_gets_the_variant_that_assignment_says(snapshot: Snapshot) -> None:
    rankers: dict[str, Ranker] = {
        "popular": PopularityRanker(snapshot),
        "item_cf": ItemCfRanker(snapshot),
        "air": ReasoningRanker(),
    }
    engine = Engine(
        experiment=EXPERIMENT,
        state=LoadedRelease(snapshot, rankers),
        users=UserEventReader(lambda _: read("watches-smoothies"), MemoryRecentEvents()),
        log_exposure=lambda _: None,
    )
    for number in range(20):
        user = f"user-{number}"
        response = engine.rank(RankRequest(user_id=user, at=AT))
        variant = assign(EXPERIMENT, user)
        assert response.variant == variant.name
        assert response.model_version == rankers[variant.name].version


def test_the_best_of_the_given_candidates_come_in_order(snapshot: Snapshot) -> None:
    given = ["商品-猫窝-05🛏", "blender-01", "blender-03", "商品-猫窝-05🛏"]
    assert page(make_engine(snapshot), candidates=given, k=2) == ["blender-03", "blender-01"]
    assert page(make_engine(snapshot), candidates=given, k=10) == [
        "blender-03",
        "blender-01",
        "商品-猫窝-05🛏",
    ]


def test_equal_scores_keep_the_order_in_which_candidates_were_given(snapshot: Snapshot) -> None:
    flat = ReasoningRanker()
    flat.rank = lambda **given: Ranking.without_intents(  # type: ignore[method-assign]
        np.zeros(len(given["candidates"]), np.float32), {}
    )
    given = ["blender-07", "blender-02", "blender-11"]
    assert page(make_engine(snapshot, ranker=flat), candidates=given) == given


@pytest.mark.parametrize("candidates", [None, []])
def test_without_candidates_the_service_proposes_some(
    snapshot: Snapshot, candidates: list[str] | None
) -> None:
    assert page(make_engine(snapshot), candidates=candidates, k=2) == ["blender-03", "blender-01"]


@pytest.mark.parametrize(("half_life", "first"), [(4.0, "商品-猫窝-00🛏"), (365.0, "blender-19")])
def test_candidates_and_fallbacks_forget_as_fast_as_the_air_that_is_served(
    snapshot: Snapshot, ranker: AirRanker, half_life: float, first: str
) -> None:
    tree = EventWeightSettings(half_life_days=half_life)
    settings = replace(ranker.settings, inputs=replace(ranker.settings.inputs, tree=tree))
    air = AirRanker(ranker.stage, ranker.towers, settings, snapshot)
    long_ago, yesterday = NOON - 40 * 86_400, NOON - 86_400
    engine = Engine(
        experiment=ONE,
        state=LoadedRelease(snapshot, {"only": BrokenRanker("raises"), "air": air}),
        users=UserEventReader(
            lambda _: (
                ["video-smoothie", "video-smoothie", "视频-猫"],
                ["like"] * 3,
                [long_ago, long_ago - 1, yesterday],
            ),
            MemoryRecentEvents(),
        ),
        log_exposure=lambda _: None,
    )
    assert page(engine, candidates=["blender-19", "商品-猫窝-00🛏"], k=1) == [first]


def test_events_at_or_after_the_moment_are_not_looked_at(snapshot: Snapshot) -> None:
    engine = make_engine(snapshot)
    assert engine.rank(RankRequest(user_id="came-later", at=AT)).degraded == ["unknown_user"]
    later = datetime.fromtimestamp(NOON + 61, UTC)
    assert engine.rank(RankRequest(user_id="came-later", at=later)).degraded == []


def test_every_item_says_which_intents_and_events_speak_for_it(snapshot: Snapshot) -> None:
    engine = make_engine(snapshot, ranker=ReasoningRanker())
    item = engine.rank(RankRequest(user_id="watches-smoothies", at=AT, candidates=["blender-04"])).items[0]
    assert (item.object_id, item.title, item.price, item.position) == ("blender-04", "Blender 4", 24.0, 1)
    assert (item.reason.cause, item.reason.chain) == (
        "intents",
        ["green smoothies at home", "kitchen", "small kitchen appliances", "smoothie blender"],
    )
    assert [(event.object_id, event.title, event.action) for event in item.reason.events] == [
        ("video-smoothie", "Three green smoothies", "like"),
        ("video-smoothie", "Three green smoothies", "view"),
    ]
    assert item.reason.events[0].at == datetime.fromtimestamp(NOON - 3600, UTC)


def test_what_was_shown_is_handed_on(snapshot: Snapshot) -> None:
    shown: list[PageImpression] = []
    response = make_engine(snapshot, shown=shown).rank(RankRequest(user_id="用户-🐈", at=AT))
    assert shown == [PageImpression("用户-🐈", AT, response)]


def test_a_preview_shows_the_variant_but_is_not_an_exposure(snapshot: Snapshot) -> None:
    shown: list[PageImpression] = []
    engine = make_engine(snapshot, shown=shown)
    assert engine.rank(RankRequest(user_id="u", preview_variant="only")).variant == "only"
    assert shown == []
    with pytest.raises(AirloomError, match=r"no variant 'other'.*only"):
        engine.rank(RankRequest(user_id="u", preview_variant="other"))


def test_unknown_candidates_are_left_out_and_counted(snapshot: Snapshot) -> None:
    engine = make_engine(snapshot)
    request = RankRequest(user_id="u", at=AT, candidates=["blender-01", "ghost", "ghoul"])
    response = engine.rank(request)
    assert [item.object_id for item in response.items] == ["blender-01"]
    assert response.degraded == ["unknown_user", "unknown_candidates:2"]


def test_retired_products_and_content_are_not_shown(snapshot: Snapshot) -> None:
    engine = make_engine(snapshot)
    request = RankRequest(user_id="u", at=AT, candidates=["blender-old", "video-smoothie", "blender-01"])
    response = engine.rank(request)
    assert [item.object_id for item in response.items] == ["blender-01"]
    assert "unavailable_candidates:2" in response.degraded


def test_if_no_candidate_remains_the_service_proposes_some(snapshot: Snapshot) -> None:
    response = make_engine(snapshot).rank(RankRequest(user_id="u", candidates=["ghost"], k=5))
    assert len(response.items) == 5
    assert "unknown_candidates:1" in response.degraded


def test_an_unknown_user_gets_what_is_popular(snapshot: Snapshot) -> None:
    response = make_engine(snapshot).rank(RankRequest(user_id="nobody", k=2))
    assert [item.object_id for item in response.items] == ["商品-猫窝-19🛏", "商品-猫窝-18🛏"]
    assert (response.degraded, response.model_version) == (["unknown_user"], "popularity")


def test_a_broken_store_falls_to_popularity_and_its_message_is_not_logged(
    snapshot: Snapshot, caplog: pytest.LogCaptureFixture
) -> None:
    engine = make_engine(snapshot, read_history=unreadable)
    response = engine.rank(RankRequest(user_id="secret-name", k=1))
    assert (response.degraded, response.model_version) == (["user_store"], "popularity")
    assert "ConnectionError" in caplog.text
    assert "secret-name" not in caplog.text


def test_live_events_count_like_those_of_the_store(snapshot: Snapshot) -> None:
    recent_events = MemoryRecentEvents()
    recent_events.add("nobody", [RecentEvent("e1", NOON - 10, "view", "video-smoothie")])
    engine = make_engine(snapshot, recent_events=recent_events)
    response = engine.rank(RankRequest(user_id="nobody", at=AT, k=2))
    assert [item.object_id for item in response.items] == ["blender-03", "blender-01"]
    assert response.degraded == []
    before = datetime.fromtimestamp(NOON - 10, UTC)
    assert engine.rank(RankRequest(user_id="nobody", at=before)).degraded == ["unknown_user"]


def test_a_page_for_now_sees_the_event_of_this_second(snapshot: Snapshot) -> None:
    recent_events = MemoryRecentEvents()
    recent_events.add(
        "nobody", [RecentEvent("e1", int(datetime.now(UTC).timestamp()), "view", "video-smoothie")]
    )
    response = make_engine(snapshot, recent_events=recent_events).rank(RankRequest(user_id="nobody", k=1))
    assert ([item.object_id for item in response.items], response.degraded) == (["blender-03"], [])


def test_an_event_that_both_sources_have_counts_once(snapshot: Snapshot) -> None:
    recent_events = MemoryRecentEvents()
    recent_events.add("came-later", [RecentEvent("e1", NOON + 60, "view", "video-smoothie")])
    later = datetime.fromtimestamp(NOON + 61, UTC)
    scores = [
        make_engine(snapshot, recent_events=store)
        .rank(RankRequest(user_id="came-later", at=later))
        .items[0]
        .score
        for store in (MemoryRecentEvents(), recent_events)
    ]
    assert scores[0] == scores[1]


def test_without_live_events_the_store_still_answers(snapshot: Snapshot) -> None:
    class UnreadableEvents(MemoryRecentEvents):
        def read(self, user_id: str) -> KeptEvents:
            raise ConnectionError(user_id)

    response = make_engine(snapshot, recent_events=UnreadableEvents()).rank(
        RankRequest(user_id="watches-smoothies", at=AT, k=1)
    )
    assert [item.object_id for item in response.items] == ["blender-03"]
    assert response.degraded == ["live_events"]


def test_damaged_events_fall_to_popularity(snapshot: Snapshot, caplog: pytest.LogCaptureFixture) -> None:
    damaged: list[Any] = ["soup"]
    engine = make_engine(snapshot, read_history=lambda _: (["video-smoothie"], ["view"], damaged))
    response = engine.rank(RankRequest(user_id="secret-name", at=AT, k=1))
    assert (response.degraded, response.model_version) == (["user_store"], "popularity")
    assert "secret-name" not in caplog.text


@pytest.mark.parametrize("fault", ["raises", "nan", "short"])
def test_a_broken_ranker_falls_to_popularity_in_the_users_categories(snapshot: Snapshot, fault: str) -> None:
    engine = make_engine(snapshot, ranker=BrokenRanker(fault))
    response = engine.rank(RankRequest(user_id="watches-smoothies", at=AT, k=3))
    assert [item.object_id for item in response.items] == ["blender-19", "blender-18", "blender-17"]
    assert (response.degraded, response.model_version) == (["ranker"], "category_popularity")


def test_below_the_categories_comes_popularity(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = make_engine(snapshot, ranker=BrokenRanker("raises"))
    monkeypatch.setattr(engine._candidates, "category_weights", unreadable)
    response = engine.rank(
        RankRequest(user_id="watches-smoothies", at=AT, candidates=["blender-01", "商品-猫窝-05🛏"])
    )
    assert [item.object_id for item in response.items] == ["商品-猫窝-05🛏", "blender-01"]
    assert response.degraded == ["ranker", "category_popularity"]


def test_below_popularity_comes_the_order_of_the_input(snapshot: Snapshot) -> None:
    nothing = np.full(len(snapshot.objects.ids), np.nan, np.float32)
    engine = make_engine(
        replace(snapshot, objects=snapshot.objects._replace(popularity=nothing)), ranker=BrokenRanker("nan")
    )
    given = ["blender-02", "商品-猫窝-05🛏", "blender-01"]
    response = engine.rank(RankRequest(user_id="watches-smoothies", at=AT, candidates=given))
    assert [item.object_id for item in response.items] == given
    assert response.degraded == ["ranker", "category_popularity", "popularity"]
    assert response.model_version == "input_order"


def test_if_proposing_fails_popular_products_are_ranked(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make_engine(snapshot)
    monkeypatch.setattr(engine._candidates, "propose", unreadable)
    response = engine.rank(RankRequest(user_id="watches-smoothies", at=AT, k=1))
    assert ([item.object_id for item in response.items], response.degraded) == (
        ["blender-03"],
        ["candidates"],
    )


def test_a_page_without_reasons_is_better_than_none(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(rows: np.ndarray) -> np.ndarray:
        raise IndexError(rows)

    class Lost(ReasoningRanker):
        def rank(self, **given: Any) -> Ranking:
            return super().rank(**given)._replace(contributions=lost)

    response = make_engine(snapshot, ranker=Lost()).rank(RankRequest(user_id="watches-smoothies", at=AT))
    assert response.degraded == ["explanation"]
    reason = response.items[0].reason
    assert (reason.cause, reason.chain, reason.events) == ("unexplained", [], [])


def test_a_page_of_item_cf_says_what_was_bought_together(snapshot: Snapshot) -> None:
    request = RankRequest(user_id="watches-smoothies", at=AT, candidates=["blender-03", "blender-19"])
    together, popular = make_engine(snapshot).rank(request).items
    assert (together.reason.cause, together.reason.text) == (
        "bought_together",
        "chosen by people who saw Three green smoothies",
    )
    assert [event.action for event in together.reason.events] == ["like", "view"]
    assert (popular.reason.cause, popular.reason.text) == ("popularity", "popular in smoothie blender")


@pytest.mark.parametrize(("user_id", "fault"), [("nobody", None), ("watches-smoothies", "raises")])
def test_a_page_of_a_fallback_names_popularity(snapshot: Snapshot, user_id: str, fault: str | None) -> None:
    engine = make_engine(snapshot, ranker=BrokenRanker(fault) if fault else None)
    first = engine.rank(RankRequest(user_id=user_id, at=AT, k=1)).items[0]
    assert (first.reason.cause, first.reason.chain, first.reason.events) == ("popularity", [], [])


def test_in_the_order_of_the_request_no_signal_is_named(snapshot: Snapshot) -> None:
    objects = snapshot.objects._replace(popularity=np.full_like(snapshot.objects.popularity, np.nan))
    engine = make_engine(replace(snapshot, objects=objects))
    response = engine.rank(RankRequest(user_id="nobody", at=AT, candidates=["blender-01", "blender-03"]))
    assert response.model_version == "input_order"
    assert {item.reason.cause for item in response.items} == {"remaining"}


def test_an_unknown_price_is_null_and_a_known_one_is_exact(snapshot: Snapshot) -> None:
    engine = make_engine(snapshot)
    [item] = engine.rank(RankRequest(user_id="u", candidates=["商品-猫窝-03🛏"])).items
    assert item.price == 18.5


@pytest.fixture
def titled(snapshot: Snapshot) -> Snapshot:
    """The same shop, whose products differ in their titles."""
    texts = snapshot.texts
    vectors = np.random.default_rng(0).normal(size=texts.objects.shape).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return replace(snapshot, texts=texts._replace(objects=vectors))


def reading_inferred(ranker: AirRanker, snapshot: Snapshot) -> AirRanker:
    """The same ranker, whose stack counts behaviors beyond the log more than all else."""
    stage = ranker.stage._replace(weights=ranker.stage.weights._replace(inferred=100.0))
    inputs = replace(ranker.settings.inputs, use_inferred=True)
    return AirRanker(stage, ranker.towers, replace(ranker.settings, inputs=inputs), snapshot)


GIVEN = ["blender-03", "商品-猫窝-05🛏"]


@pytest.mark.parametrize("wanted", GIVEN)
def test_what_is_inferred_of_the_user_comes_first(titled: Snapshot, ranker: AirRanker, wanted: str) -> None:
    engine = make_engine(
        titled,
        ranker=reading_inferred(ranker, titled),
        read_inferred=lambda _: ([wanted, "not in the snapshot"], [0.3, 0.2]),
    )
    response = engine.rank(RankRequest(user_id="watches-smoothies", at=AT, candidates=GIVEN))
    assert response.items[0].object_id == wanted
    assert response.items[0].reason.cause == "inferred"
    assert response.degraded == []


def test_where_the_ranker_does_not_read_behaviors_nobody_asks_for_them(
    titled: Snapshot, ranker: AirRanker
) -> None:
    engine = make_engine(titled, ranker=ranker, read_inferred=lambda _: pytest.fail("nothing reads them"))
    assert engine.rank(RankRequest(user_id="watches-smoothies", at=AT)).degraded == []


@pytest.mark.parametrize(
    "stored",
    [
        None,
        (["blender-03"], []),
        (["blender-03"] * 2, [0.1, 0.1]),
        (["blender-03"], [0.0]),
        (["x"], [np.nan]),
    ],
)
def test_a_page_without_readable_behaviors_is_as_without_any_and_says_so(
    titled: Snapshot, ranker: AirRanker, stored: Any
) -> None:
    def broken(user_id: str) -> Any:
        if stored is None:
            raise ConnectionError(user_id)
        return stored

    reading = reading_inferred(ranker, titled)
    request = RankRequest(user_id="watches-smoothies", at=AT, candidates=GIVEN)
    without = make_engine(titled, ranker=reading).rank(request)
    response = make_engine(titled, ranker=reading, read_inferred=broken).rank(request)
    assert (without.degraded, response.degraded) == ([], ["inferred"])
    assert response.items == without.items
    assert response.model_version == reading.version


def test_variants_may_be_with_and_without_behaviors(titled: Snapshot, ranker: AirRanker) -> None:
    asked: list[str] = []
    wanted = page(make_engine(titled, ranker=ranker), candidates=GIVEN)[-1]

    def inferred(user_id: str) -> tuple[list[str], list[float]]:
        asked.append(user_id)
        return [wanted], [0.3]

    variants = Variant("with", 0.5, "item_cf"), Variant("without", 0.5, "item_cf")
    engine = Engine(
        experiment=Experiment("two", variants, salt="", control="without"),
        state=LoadedRelease(titled, {"with": reading_inferred(ranker, titled), "without": ranker}),
        users=UserEventReader(read, MemoryRecentEvents(), read_inferred=inferred),
        log_exposure=lambda _: None,
    )
    for variant in ("without", "with"):
        first = page(engine, candidates=GIVEN, preview_variant=variant)[0]
        assert (first == wanted) == (variant == "with")
    assert asked == ["watches-smoothies"]
