from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from airloom.causes import SIGNALS
from airloom.errors import AirloomError
from airloom.logs.degradation import FallbackLevel
from airloom.ranking.air import AirRanker
from airloom.ranking.baselines.item_cf import ItemCfRanker
from airloom.ranking.inputs import FEATURES
from airloom.ranking.reasons.reasons import PageExplainer
from airloom.ranking.second_stage import StackWeights
from airloom.ranking.settings import InputSettings
from airloom.ranking.snapshot import Snapshot
from model_service.api.explain import ExplainRequest, ExplainResponse
from model_service.api.rank import RankRequest
from model_service.engine.engine import UnknownProductError
from model_service.engine.explanation import explain_product
from model_service.engine.fallback_chain import Ordering
from model_service.outbox.exposure_log import PageImpression
from tests.model_service.engine.small_engine import AT, BrokenRanker, make_engine
from tests.model_service.shop import NOON


def explain(snapshot: Snapshot, ranker: object, product: str, **fields: object) -> ExplainResponse:
    asked = {"user_id": "watches-smoothies", "object_id": product, "at": AT} | fields
    return make_engine(snapshot, ranker=ranker).explain(ExplainRequest(**asked))  # type: ignore[arg-type]


def test_the_score_is_that_of_the_page(snapshot: Snapshot, ranker: AirRanker) -> None:
    engine = make_engine(snapshot, ranker=ranker)
    page = engine.rank(RankRequest(user_id="watches-smoothies", at=AT, candidates=["blender-04"]))
    explanation = explain(snapshot, ranker, "blender-04")
    assert explanation.score == pytest.approx(page.items[0].score, abs=1e-5)
    assert explanation.model_version == page.model_version
    assert (explanation.title, explanation.events, explanation.degraded) == ("Blender 4", 2, [])


@pytest.mark.parametrize("product", ["blender-04", "blender-03", "商品-猫窝-19🛏"])
@pytest.mark.parametrize("candidates", [1, 20])
def test_the_reason_is_that_of_any_page(
    snapshot: Snapshot, ranker: AirRanker, product: str, candidates: int
) -> None:
    others = [f"blender-{number:02}" for number in range(20) if product != f"blender-{number:02}"]
    engine = make_engine(snapshot, ranker=ranker)
    request = RankRequest(
        user_id="watches-smoothies", at=AT, candidates=[product, *others][:candidates], k=candidates
    )
    [shown] = [item for item in engine.rank(request).items if item.object_id == product]
    explanation = explain(snapshot, ranker, product)
    assert explanation.reason == shown.reason
    assert list(explanation.contributions) == list(SIGNALS)


def test_the_reason_of_another_ranker_is_its_own_signal(snapshot: Snapshot) -> None:
    explanation = explain(snapshot, ItemCfRanker(snapshot), "blender-03")
    assert explanation.reason is not None
    assert explanation.reason.text == "chosen by people who saw Three green smoothies"
    assert [signal for signal, added in explanation.contributions.items() if added] == ["bought_together"]


def test_the_tree_the_chains_and_the_evidence_are_told(snapshot: Snapshot, ranker: AirRanker) -> None:
    explanation = explain(snapshot, ranker, "blender-04")
    walks = {tuple(node.walk): node for node in explanation.tree}
    blender = walks["kitchen", "small kitchen appliances", "smoothie blender"]
    assert blender.weight > 0
    assert [event.at for event in blender.events] == [
        datetime.fromtimestamp(NOON - 3600, UTC),  # a like counts more than a view
        datetime.fromtimestamp(NOON - 7200, UTC),
    ]
    weights = [node.weight for node in explanation.tree]
    assert weights == sorted(weights, reverse=True)
    own = {tuple(chain.walk): chain for chain in explanation.chains}
    chain = own["kitchen", "small kitchen appliances", "smoothie blender"]
    assert chain.is_category
    assert chain.log_weight == pytest.approx(np.log1p(blender.weight), rel=1e-5)
    assert {event.object_id for event in explanation.evidence} == {"video-smoothie"}


@pytest.mark.parametrize("use_inferred", [True, False])
def test_inferred_behaviors_are_listed_where_the_ranker_reads_them(
    snapshot: Snapshot, ranker: AirRanker, use_inferred: bool
) -> None:
    settings = replace(ranker.settings, inputs=InputSettings(use_inferred=use_inferred))
    stage = ranker.stage._replace(weights=StackWeights(inferred=50.0))
    reading = AirRanker(stage, ranker.towers, settings, snapshot)
    row, wanted = snapshot.index["blender-04"], snapshot.inferred(["blender-01"], [0.5])
    history = snapshot.history(["video-smoothie"], ["view"], [NOON - 60])._replace(inferred=wanted)
    ranking = reading.rank(history=history, candidates=np.array([row], np.int32), now=NOON)
    explanation = explain_product(
        snapshot,
        Ordering(ranking, FallbackLevel.RANKER, reading.version, []),
        PageExplainer(snapshot),
        ranker=reading,
        history=history,
        row=row,
        now=NOON,
        tree=settings.inputs.tree,
    )
    assert [behavior.object_id for behavior in explanation.inferred] == (
        ["blender-01"] if use_inferred else []
    )
    assert explanation.reason is not None
    assert explanation.reason.text.endswith("(inferred, not in your log)") == use_inferred


def test_every_number_of_the_network_has_its_name(snapshot: Snapshot, ranker: AirRanker) -> None:
    explanation = explain(snapshot, ranker, "blender-04")
    assert list(explanation.features) == list(FEATURES)
    assert explanation.features["log_popularity"] == pytest.approx(np.log1p(14.0), rel=1e-5)
    assert explanation.features["content_events"] == pytest.approx(np.log1p(2), rel=1e-5)


def test_another_ranker_has_its_evidence_and_the_same_tree(snapshot: Snapshot) -> None:
    explanation = explain(snapshot, ItemCfRanker(snapshot), "blender-03")
    assert explanation.evidence
    assert (explanation.chains, explanation.features) == ([], {})
    assert explanation.tree


def test_somebody_unknown_has_no_tree(snapshot: Snapshot, ranker: AirRanker) -> None:
    explanation = explain(snapshot, ranker, "blender-04", user_id="nobody")
    assert explanation.degraded == ["unknown_user"]
    assert (explanation.tree, explanation.chains, explanation.evidence) == ([], [], [])


def test_a_page_that_a_fallback_level_orders_is_explained_by_it(
    snapshot: Snapshot, ranker: AirRanker
) -> None:
    for fails, user, level in (
        (ranker, "nobody", "popularity"),
        (BrokenRanker("raises"), "watches-smoothies", "category_popularity"),
    ):
        engine = make_engine(snapshot, ranker=fails)
        page = engine.rank(RankRequest(user_id=user, at=AT, candidates=["blender-00"]))
        explanation = explain(snapshot, fails, "blender-00", user_id=user)
        assert explanation.model_version == page.model_version == level
        assert explanation.degraded == page.degraded
        assert (explanation.score, explanation.reason) == (page.items[0].score, page.items[0].reason)
        assert [signal for signal, added in explanation.contributions.items() if added] == ["popularity"]
        assert (explanation.chains, explanation.features) == ([], {})


@pytest.mark.parametrize("product", ["ghost", "video-smoothie", "blender-old"])
def test_what_may_not_be_shown_is_named(snapshot: Snapshot, ranker: AirRanker, product: str) -> None:
    with pytest.raises(UnknownProductError, match=f"'{product}' is no product"):
        explain(snapshot, ranker, product)


def test_an_unknown_variant_is_named(snapshot: Snapshot, ranker: AirRanker) -> None:
    with pytest.raises(AirloomError, match="no variant 'other'"):
        explain(snapshot, ranker, "blender-04", variant="other")


def test_a_product_that_cannot_be_explained_is_no_error_of_the_service(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PageExplainer, "explain", lambda *_: 1 / 0)
    explanation = explain(snapshot, ItemCfRanker(snapshot), "blender-03")
    assert (explanation.degraded, explanation.score) == (["explanation"], None)
    assert (explanation.reason, explanation.contributions) == (None, {})


def test_nothing_is_logged(snapshot: Snapshot) -> None:
    shown: list[PageImpression] = []
    make_engine(snapshot, shown=shown).explain(
        ExplainRequest(user_id="watches-smoothies", object_id="blender-04", at=AT)
    )
    assert shown == []
