"""Every model of the benchmark by name: how the factory makes it, behind one interface."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import inf
from typing import Final, NamedTuple

import numpy as np

from airloom.bench.model_factory import ModelFactory
from airloom.logs.contract import ACTIONS
from airloom.ranking.baselines.item_cf import ItemCfRanker
from airloom.ranking.baselines.linear import LinearRanker
from airloom.ranking.baselines.popularity_ranker import PopularityRanker
from airloom.ranking.baselines.title_similarity import TitleSimilarityRanker
from airloom.ranking.ranker import Ranker
from airloom.ranking.snapshot import Neighbors
from airloom.statistics.cooccurrence import neighbor_graph


class ModelSpec(NamedTuple):
    """One model of the benchmark.

    Attributes:
        name: In tables.
        make: From a factory and a seed.
        encoder: Models with the same value share a trained encoder.
        seeded: Whether training depends on chance; if not, one seed is enough.
    """

    name: str
    make: Callable[[ModelFactory, int], Ranker]
    encoder: str
    seeded: bool = True


def _popularity(factory: ModelFactory, _: int) -> Ranker:
    return PopularityRanker(factory.training_data.now.snapshot)


def _title_similarity(factory: ModelFactory, _: int) -> Ranker:
    return TitleSimilarityRanker(factory.training_data.now.snapshot)


def _item_cf(factory: ModelFactory, _: int) -> Ranker:
    """Return item-CF over direct neighbors only, without neighbors of neighbors."""
    now, sequences = factory.training_data.now
    count = len(now.objects.ids)
    settings = replace(factory.settings.catalogue.neighbors, second_hop=0.0)
    links = neighbor_graph(sequences, count=count, before=now.before, settings=settings)
    starts = np.searchsorted(links.sources, np.arange(count + 1))
    near = Neighbors(starts, links.targets, links.weights.astype(np.float32))
    return ItemCfRanker(replace(now, neighbors=near), factory.settings.tree)


def _item_cf_two_hop(factory: ModelFactory, _: int) -> Ranker:
    return ItemCfRanker(factory.training_data.now.snapshot, factory.settings.tree)


def _linear(factory: ModelFactory, _: int) -> Ranker:
    now = factory.training_data.now
    return LinearRanker.fit(now.sequences, now.snapshot, factory.settings.linear)


BASELINES: Final = (
    ModelSpec("popularity", _popularity, "none", seeded=False),
    ModelSpec("title_similarity", _title_similarity, "none", seeded=False),
    ModelSpec("item_cf", _item_cf, "none", seeded=False),
    ModelSpec("item_cf_two_hop", _item_cf_two_hop, "none", seeded=False),
    ModelSpec("linear", _linear, "none", seeded=False),
    # what makes SASRec of our encoder: its objects are ids, and nothing is left of one whose id is hidden
    ModelSpec(
        "sasrec",
        partial(ModelFactory.sequence, use_texts=False, ensemble_members=1, id_dropout=0.0),
        "ids only",
    ),
    ModelSpec("sasrec_text", ModelFactory.sequence, "texts"),
    ModelSpec("boosted", ModelFactory.boosted, "texts"),
)
"""What AIR has to beat."""

AIR: Final = (
    ModelSpec("air", ModelFactory.air, "intents"),
    ModelSpec("air_without_intents", partial(ModelFactory.air, intents=False), "texts"),
    ModelSpec("air_titles_for_intents", partial(ModelFactory.air, titles=True), "texts"),
)
"""AIR and the two controls that say what intents are worth."""

ONE_WEIGHT: Final = dict.fromkeys(ACTIONS, 1.0)

ABLATIONS: Final = (
    ModelSpec("air_no_tree", partial(ModelFactory.air, node_weights=False), "intents"),
    ModelSpec("air_no_retrieval", partial(ModelFactory.air, target_aware_retrieval=False), "intents"),
    ModelSpec(
        "air_neither", partial(ModelFactory.air, node_weights=False, target_aware_retrieval=False), "intents"
    ),
    ModelSpec("air_no_decay", partial(ModelFactory.air, tree={"half_life_days": inf}), "intents"),
    ModelSpec("air_one_action_weight", partial(ModelFactory.air, tree=ONE_WEIGHT), "intents"),
    ModelSpec("air_leaves_only", partial(ModelFactory.air, leaves_only=True), "intents"),
)
"""AIR with one part taken away; the encoder stays."""
