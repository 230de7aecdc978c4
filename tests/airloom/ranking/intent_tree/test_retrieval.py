from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from airloom.ranking.intent_tree.retrieval import RetrievedNodes, heaviest, retrieve
from airloom.ranking.intent_tree.tree import IntentTree
from airloom.ranking.settings import RetrievalSettings

NODES, EVENTS, CANDIDATES = 30, 12, 5
SETTINGS = RetrievalSettings(nodes=6, evidence=4)


def case(seed: int) -> tuple[IntentTree, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    support = (rng.random((NODES, EVENTS)) * (rng.random((NODES, EVENTS)) < 0.3)).astype(np.float32)
    tree = IntentTree(np.arange(NODES, dtype=np.int32), support.sum(axis=1), support)
    similarities = rng.uniform(-0.2, 0.8, (CANDIDATES, NODES)).astype(np.float32)
    matches = rng.random((CANDIDATES, NODES)) < 0.1
    return tree, similarities, matches, rng.uniform(0, 60, EVENTS).astype(np.float32)


def retrieved_for(seed: int, chosen: RetrievalSettings = SETTINGS) -> RetrievedNodes:
    tree, similarities, matches, ages = case(seed)
    return retrieve(tree, similarities=similarities, category_match=matches, ages=ages, settings=chosen)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_the_best_chains_by_the_formula_are_kept_strongest_first(seed: int) -> None:
    tree, similarities, matches, _ = case(seed)
    scores = similarities + 0.1 * np.log1p(tree.weights) + 0.5 * matches
    scores[(similarities < 0.2) & ~matches] = 0
    best = np.maximum(-np.sort(-scores, axis=1)[:, : SETTINGS.nodes], 0)
    retrieved = retrieved_for(seed)
    np.testing.assert_allclose(retrieved.scores, best, rtol=1e-5)
    np.testing.assert_array_equal(retrieved.kept, best > 0)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_evidence_stands_under_the_kept_chains_and_is_recent(seed: int) -> None:
    tree, _, _, ages = case(seed)
    retrieved = retrieved_for(seed)
    for candidate in range(CANDIDATES):
        kept = retrieved.rows[candidate][retrieved.kept[candidate]]
        supporting = retrieved.events[candidate][retrieved.supports[candidate] > 0]
        assert (ages[supporting] <= SETTINGS.max_age_days).all()
        assert (tree.support[kept][:, supporting].sum(axis=0) > 0).all()


def test_all_candidates_at_once_are_the_candidates_one_by_one() -> None:
    tree, similarities, matches, ages = case(3)
    together = retrieved_for(3)
    for candidate in range(CANDIDATES):
        one = slice(candidate, candidate + 1)
        alone = retrieve(
            tree, similarities=similarities[one], category_match=matches[one], ages=ages, settings=SETTINGS
        )
        for whole, part in zip(together, alone, strict=True):
            np.testing.assert_array_equal(np.asarray(whole)[one], part)


def test_a_tree_smaller_than_the_limits_gives_what_it_has() -> None:
    retrieved = retrieved_for(4, RetrievalSettings(nodes=100, evidence=100))
    assert retrieved.rows.shape == (CANDIDATES, NODES)
    assert retrieved.events.shape == (CANDIDATES, EVENTS)


def test_a_category_of_the_candidate_beats_an_equal_stranger() -> None:
    tree, similarities, matches, ages = case(5)
    same = np.full_like(similarities, 0.5)
    level = tree._replace(weights=np.ones(NODES, np.float32))
    retrieved = retrieve(level, similarities=same, category_match=matches, ages=ages, settings=SETTINGS)
    assert retrieved.category_match.sum() == np.minimum(matches.sum(axis=1), SETTINGS.nodes).sum()
    assert not (~retrieved.category_match[:, :-1] & retrieved.category_match[:, 1:]).any()


def test_without_a_target_the_heaviest_nodes_and_the_newest_events_are_kept() -> None:
    tree, similarities, matches, ages = case(6)
    kept = heaviest(tree, similarities=similarities, category_match=matches, ages=ages, settings=SETTINGS)
    assert kept.kept.all()
    for candidate in range(CANDIDATES):
        nodes = kept.rows[candidate]
        assert sorted(tree.weights[nodes]) == sorted(np.sort(tree.weights)[-SETTINGS.nodes :])
        assert sorted(ages[kept.events[candidate]]) == sorted(np.sort(ages)[: SETTINGS.evidence])
        np.testing.assert_array_equal(kept.similarities[candidate], similarities[candidate, nodes])
        np.testing.assert_array_equal(kept.category_match[candidate], matches[candidate, nodes])
