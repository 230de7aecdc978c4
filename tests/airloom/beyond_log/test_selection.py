from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from airloom.beyond_log.behavior_source import Proposals
from airloom.beyond_log.selection import RULES, Selection
from airloom.beyond_log.settings import SelectionSettings
from airloom.ranking.history import UserHistory
from tests.airloom.ranking.small_shop import NOW, SmallShop, small_snapshot, some_history

SHOP = SmallShop(small_snapshot(), NOW, some_history)
OPEN = SelectionSettings(
    min_samples=1, min_similarity=-1.0, max_per_category=99, popularity_exponent=0.0, limit=99
)


def proposals(products: list[int], *, samples: int = 5) -> Proposals:
    weights = np.linspace(0.9, 0.1, len(products)).astype(np.float32)
    return Proposals(np.array(products, np.int32), weights, np.full(len(products), samples, np.int32))


def watched(*videos: int) -> UserHistory:
    count = len(videos)
    return UserHistory(
        np.array(videos, np.int32), np.zeros(count, np.int8), np.full(count, NOW - 100, np.int64)
    )


def rejected(settings: SelectionSettings, given_to: Proposals, history: UserHistory) -> dict[str, int]:
    selected = Selection(SHOP.snapshot, settings).select(given_to, history)
    return {rule: int(count) for rule, count in zip(RULES, selected.rejected, strict=True) if count}


def test_samples_must_agree() -> None:
    settings = SelectionSettings(**{**vars(OPEN), "min_samples": 2})
    assert rejected(settings, proposals([1, 2], samples=1), watched(250)) == {"few_samples": 2}


def test_what_is_not_on_sale_or_in_the_history_is_rejected() -> None:
    history = watched(250, 3)
    assert rejected(OPEN, proposals([250, 1]), history) == {"not_on_sale": 1}
    assert rejected(OPEN, proposals([1, 3]), history) == {"in_history": 1}


def test_some_node_of_the_intent_tree_must_be_near() -> None:
    history, products = watched(245), list(range(240))
    texts, paths = SHOP.snapshot.texts, SHOP.snapshot.paths
    nodes = paths.nodes[paths.offsets[245]]
    cosines = (texts.objects[:240] @ texts.nodes[nodes[nodes >= 0]].T).max(axis=1)
    bound = float(np.quantile(cosines, 0.9))
    settings = SelectionSettings(**{**vars(OPEN), "min_similarity": bound})
    selected = Selection(SHOP.snapshot, settings).select(proposals(products), history)
    assert set(selected.products.tolist()) == set(np.flatnonzero(cosines >= bound).tolist())
    assert rejected(settings, proposals(products[:10]), UserHistory.empty()) == {"far_from_intents": 10}


def test_a_category_has_a_cap_and_the_heaviest_win() -> None:
    settings = SelectionSettings(**{**vars(OPEN), "max_per_category": 2})
    selected = Selection(SHOP.snapshot, settings).select(proposals([50, 51, 60, 52, 61]), watched(250))
    assert selected.products.tolist() == [50, 51, 60, 61]
    assert rejected(settings, proposals([50, 51, 52]), watched(250)) == {"category_full": 1}


def test_popular_products_weigh_less() -> None:
    popularity = SHOP.snapshot.objects.popularity
    rare, popular = int(popularity[:240].argmin()), int(popularity[:240].argmax())
    settings = SelectionSettings(**{**vars(OPEN), "popularity_exponent": 2.0})
    alike = Proposals(
        np.array([popular, rare], np.int32), np.full(2, 0.5, np.float32), np.full(2, 9, np.int32)
    )
    selected = Selection(SHOP.snapshot, settings).select(alike, watched(250))
    assert selected.products.tolist() == [rare, popular]
    assert (selected.weights <= 0.5).all()


@given(seed=st.integers(0, 1000), limit=st.integers(1, 6), cap=st.integers(1, 4))
def test_every_proposal_is_kept_or_rejected_by_one_rule(seed: int, limit: int, cap: int) -> None:
    rng = np.random.default_rng(seed)
    products = rng.permutation(300)[:30].tolist()
    settings = SelectionSettings(min_similarity=0.1, max_per_category=cap, limit=limit)
    selected = Selection(SHOP.snapshot, settings).select(
        proposals(products, samples=int(rng.integers(1, 4))), SHOP.history(seed)
    )
    assert len(selected.products) + selected.rejected.sum() == 30
    assert len(selected.products) <= limit
    assert (np.diff(selected.weights) <= 0).all()
    leaves = SHOP.snapshot.objects.leaves[selected.products]
    assert np.bincount(leaves, minlength=1).max() <= cap
