from __future__ import annotations

import numpy as np

from airloom.bench.controls import titles_as_intents, without_intents
from airloom.ranking.candidates.generation import Candidates
from airloom.ranking.catalogue import Catalogue
from airloom.ranking.event_weights import EventWeightSettings
from airloom.ranking.intent_tree.tree import build_intent_tree
from tests.airloom.ranking.small_shop import (
    NOW,
    OBJECTS,
    SmallShop,
    small_snapshot,
    some_history,
    untrained,
)

SHOP = SmallShop(small_snapshot(), NOW, some_history)


def test_without_intents_nothing_of_a_reasoner_is_left() -> None:
    bare = without_intents(SHOP.snapshot)
    history = SHOP.history(1)
    tree = build_intent_tree(bare.paths, history, EventWeightSettings().event_weights(history, NOW))
    assert not len(tree.nodes)
    tops = bare.objects.leaves[bare.products]
    assert (bare.nodes.levels[tops] == 0).all()
    assert len(Candidates(bare).propose(history, NOW))


def test_titles_as_intents_gives_every_object_a_node_that_is_its_title() -> None:
    snapshot = titles_as_intents(SHOP.snapshot)
    catalogue = Catalogue.of(snapshot)
    history = SHOP.history(2)
    tree = build_intent_tree(catalogue.paths, history, EventWeightSettings().event_weights(history, NOW))
    known = len(SHOP.snapshot.nodes.labels)
    assert sorted(tree.nodes - known) == sorted(set(history.objects.tolist()))
    np.testing.assert_array_equal(snapshot.nodes.embeddings[known:], SHOP.snapshot.objects.embeddings)
    assert len(snapshot.nodes.labels) == known + OBJECTS


def test_a_ranker_reads_both_controls() -> None:
    for control in (without_intents, titles_as_intents):
        ranker = untrained(control(SHOP.snapshot))
        candidates = SHOP.snapshot.products[:20]
        inputs = ranker.inputs(history=SHOP.history(3), candidates=candidates, now=NOW)
        chains = inputs.nodes[inputs.nodes >= 0]
        assert np.isfinite(ranker.ranking(inputs).scores).all()
        if control is titles_as_intents:
            assert (chains >= len(SHOP.snapshot.nodes.labels)).any()
        else:
            assert not len(chains)
