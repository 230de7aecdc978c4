from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airloom.causes import Cause
from airloom.ranking.reasons.faithfulness import Faithfulness, ShownReason, is_true_chain
from airloom.ranking.reasons.reasons import PageExplainer, shown_reason
from airloom.ranking.snapshot import Snapshot
from tests.airloom.ranking.reasons.generated_snapshot import generated_snapshot
from tests.airloom.ranking.small_shop import NOW, some_history, untrained
from tests.model_service.shop import make_snapshot

SMOOTHIES = "green smoothies at home"
TO_BLENDER = ["kitchen", "small kitchen appliances", "smoothie blender"]


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    """Its smoothie video has one path: the need, then the categories down to the blender."""
    return make_snapshot()


def is_true(snapshot: Snapshot, chain: list[str], events: list[str], *, product: str = "blender-02") -> bool:
    return is_true_chain(snapshot, ShownReason(product, Cause.INTENTS, chain, events))


@pytest.mark.parametrize(
    ("chain", "true"),
    [
        ([SMOOTHIES, *TO_BLENDER], True),
        ([SMOOTHIES, "kitchen"], False),  # with its need, but cut
        (TO_BLENDER, True),
        (["kitchen"], True),
        ([SMOOTHIES], False),  # leads to no category
        (["life with a cat", *TO_BLENDER], False),  # the need of another video
        ([SMOOTHIES, "pets", "cat supplies"], False),
        (["small kitchen appliances", "smoothie blender"], False),  # does not begin at the top
        (["kitchen", "smoothie blender"], False),
        ([*TO_BLENDER, "blender jars"], False),
    ],
)
def test_a_chain_is_a_path_with_or_without_its_need_cut_after_a_category(
    snapshot: Snapshot, chain: list[str], true: bool
) -> None:
    assert is_true(snapshot, chain, ["video-smoothie"]) is true


def test_every_shown_event_must_have_the_chain(snapshot: Snapshot) -> None:
    assert is_true(snapshot, TO_BLENDER, ["video-smoothie", "blender-01"])
    assert not is_true(snapshot, TO_BLENDER, ["video-smoothie", "视频-猫"])
    assert not is_true(snapshot, [SMOOTHIES, *TO_BLENDER], ["video-smoothie", "blender-01"])
    assert not is_true(snapshot, TO_BLENDER, ["video-smoothie", "no such object"])
    assert not is_true(snapshot, TO_BLENDER, [])


def test_the_chain_must_lead_to_the_product(snapshot: Snapshot) -> None:
    assert not is_true(snapshot, TO_BLENDER, ["video-smoothie"], product="商品-猫窝-00🛏")
    assert not is_true(snapshot, TO_BLENDER, ["video-smoothie"], product="no such product")


def test_shares_and_causes_are_counted(snapshot: Snapshot) -> None:
    checked = Faithfulness()
    assert (checked.chain_share, checked.true_share) == (0.0, None)
    checked.add(snapshot, ShownReason("blender-02", Cause.INTENTS, TO_BLENDER, ["video-smoothie"]))
    checked.add(snapshot, ShownReason("blender-02", Cause.INTENTS, [SMOOTHIES, "pets"], ["video-smoothie"]))
    checked.add(snapshot, ShownReason("blender-02", Cause.POPULARITY, [], []))
    checked.add(snapshot, ShownReason("blender-02", Cause.POPULARITY, [], []))
    assert (checked.products, checked.chain_share, checked.true_share) == (4, 0.25, 0.5)
    assert checked.cause_shares == {"intents": 0.5, "popularity": 0.5}
    stored = json.loads(json.dumps(asdict(checked)))
    assert Faithfulness.total([]) == Faithfulness()
    assert Faithfulness.total([stored, stored]).causes == {"intents": 4, "popularity": 4}
    assert Faithfulness.total([stored, stored]).true_share == 0.5


def shown_reasons(snapshot: Snapshot, seed: int, *, events: int = 30) -> list[ShownReason]:
    """The reasons of a page for a random user by a ranker with random weights, as a reader sees them."""
    rng = np.random.default_rng(seed)
    ranker, history = untrained(snapshot, seed=seed), some_history(seed, events=events)
    candidates = rng.choice(snapshot.products, 60, replace=False)
    ranking = ranker.rank(history=history, candidates=candidates, now=NOW)
    shown = np.argsort(-ranking.scores)[:30]
    reasons = PageExplainer(snapshot).explain(history, ranking, candidates, shown)
    return [
        shown_reason(snapshot, history, product, reason)
        for product, reason in zip(candidates[shown].tolist(), reasons, strict=True)
    ]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), events=st.integers(0, 60))
def test_every_reason_of_any_page_is_true(seed: int, events: int) -> None:
    snapshot = generated_snapshot(seed)
    checked = Faithfulness()
    for reason in shown_reasons(snapshot, seed, events=events):
        checked.add(snapshot, reason)
        assert bool(reason.chain) == (reason.cause == Cause.INTENTS)
    assert checked.true_share in (None, 1.0)


def test_pages_of_generated_snapshots_have_chains_and_other_causes() -> None:
    """Otherwise the property above would hold of nothing."""
    causes = set()
    for seed in range(3):
        snapshot = generated_snapshot(seed)
        causes |= {reason.cause for reason in shown_reasons(snapshot, seed)}
    assert {Cause.INTENTS, Cause.BOUGHT_TOGETHER} <= causes
