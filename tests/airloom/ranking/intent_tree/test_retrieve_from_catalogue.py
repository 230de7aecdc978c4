from __future__ import annotations

import numpy as np
import pytest

from airloom.ranking.catalogue import Catalogue
from airloom.ranking.event_weights import EventWeightSettings
from airloom.ranking.inputs import build_inputs
from airloom.ranking.intent_tree.retrieve_from_catalogue import retrieve_from_catalogue
from airloom.ranking.intent_tree.tree import build_intent_tree
from airloom.ranking.settings import TOWERS, InputSettings, RetrievalSettings
from airloom.timestamps import SECONDS_PER_DAY
from tests.airloom.ranking.small_shop import SmallShop


@pytest.mark.parametrize("seed", range(3))
def test_the_chains_are_those_that_the_ranker_gets(shop: SmallShop, seed: int) -> None:
    catalogue, history = Catalogue.of(shop.snapshot), shop.history(seed)
    candidates = np.arange(0, 240, 7, dtype=np.int32)
    tree = build_intent_tree(catalogue.paths, history, EventWeightSettings().event_weights(history, shop.now))
    ages = ((shop.now - history.timestamps) / SECONDS_PER_DAY).astype(np.float32)

    retrieved = retrieve_from_catalogue(
        catalogue, tree, candidates=candidates, ages=ages, settings=RetrievalSettings()
    )

    inputs = build_inputs(
        catalogue,
        history=history,
        candidates=candidates,
        tower_scores=np.zeros((len(candidates), len(TOWERS)), np.float32),
        now=shop.now,
        settings=InputSettings(),
    )
    np.testing.assert_array_equal(np.where(retrieved.kept, tree.nodes[retrieved.rows], -1), inputs.nodes)
    np.testing.assert_allclose(
        np.where(retrieved.kept, retrieved.category_match, 0), inputs.node_features[:, :, 2]
    )


def test_a_tree_of_one_last_node_matches_no_products_of_other_categories(shop: SmallShop) -> None:
    catalogue = Catalogue.of(shop.snapshot)
    history = shop.history(0, events=1)
    tree = build_intent_tree(catalogue.paths, history, np.ones(1, np.float32))
    candidates = np.arange(240, dtype=np.int32)

    retrieved = retrieve_from_catalogue(
        catalogue, tree, candidates=candidates, ages=np.zeros(1, np.float32), settings=RetrievalSettings()
    )

    own = np.isin(catalogue.categories[candidates], tree.nodes).any(axis=1)
    np.testing.assert_array_equal((retrieved.kept & retrieved.category_match).any(axis=1), own)


def test_an_empty_tree_has_no_chains(shop: SmallShop) -> None:
    catalogue, nobody = Catalogue.of(shop.snapshot), shop.history(0, events=0)
    tree = build_intent_tree(catalogue.paths, nobody, np.empty(0, np.float32))
    unknown = np.array([0, 299], np.int32)  # a video has no category

    retrieved = retrieve_from_catalogue(
        catalogue, tree, candidates=unknown, ages=np.empty(0, np.float32), settings=RetrievalSettings()
    )

    assert retrieved.kept.shape == (2, 0)
