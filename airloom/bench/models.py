"""Every model of the benchmark by name: how the factory makes it, behind one interface."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import inf
from typing import Any, Final, NamedTuple

import numpy as np

from airloom.bench.inferred_arms import GENERATED, ITEM_CF, OTHER_USER, POPULAR
from airloom.bench.model_factory import FOREST, ModelFactory
from airloom.bench.text_arms import OF_LLM, WITHOUT_LLM
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
        towers: Models with the same value share trained towers.
        seeded: Whether training depends on chance; if not, one seed is enough.
        inferred: Where the behaviors beyond the log come from that its cases carry; None for none.
        texts: What its tower of texts reads, see `airloom.bench.text_arms`; None for titles.
    """

    name: str
    make: Callable[[ModelFactory, int], Ranker]
    towers: str
    seeded: bool = True
    inferred: str | None = None
    texts: str | None = None


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
    ModelSpec("sasrec_text", ModelFactory.sequence, "shared"),
    ModelSpec("boosted", ModelFactory.boosted, "shared"),
)
"""What AIR has to beat."""

AIR_WITH_INTENTS: Final = ModelSpec("air_with_intents", ModelFactory.air_variant, "shared")

AIR: Final = (
    ModelSpec("air", ModelFactory.air, "shared"),
    AIR_WITH_INTENTS,
    ModelSpec("air_without_intents", partial(ModelFactory.air_variant, intents=False), "shared"),
    ModelSpec("air_titles_for_intents", partial(ModelFactory.air_variant, titles=True), "shared"),
)
"""AIR as it serves, with intents whatever held-out labels say, and two controls of what these are worth."""

ONE_WEIGHT: Final = dict.fromkeys(ACTIONS, 1.0)


def _ablation(name: str, **changes: Any) -> ModelSpec:
    return ModelSpec(name, partial(ModelFactory.air_variant, **changes), "shared")


NO_TEXT_TOWER: Final = _ablation("air_no_text_tower", without=("texts",))

ABLATIONS: Final = (
    _ablation("air_no_tree", node_weights=False),
    _ablation("air_no_retrieval", target_aware_retrieval=False),
    _ablation("air_neither", node_weights=False, target_aware_retrieval=False),
    _ablation("air_no_decay", tree={"half_life_days": inf}),
    _ablation("air_one_action_weight", tree=ONE_WEIGHT),
    _ablation("air_leaves_only", leaves_only=True),
    _ablation("air_no_forest", without=(FOREST,)),
    NO_TEXT_TOWER,
    _ablation("air_no_intent_tower", without=("intents",)),
)
"""AIR with intents and one part taken away; the towers stay."""


def _reading(texts: str) -> ModelSpec:
    make = partial(ModelFactory.air_variant, texts=texts)
    return ModelSpec(f"air_{texts}", make, AIR_WITH_INTENTS.towers, texts=texts)


RULES_TEXTS: Final = tuple(map(_reading, WITHOUT_LLM))
"""AIR with intents whose tower of texts reads rules cards, or a control, in place of titles."""

LLM_TEXTS: Final = tuple(map(_reading, OF_LLM))
"""The same with cards that a language model wrote; there must be some."""


def _inferring(name: str, inferred: str) -> ModelSpec:
    make = partial(ModelFactory.air_variant, inferred=inferred)
    return ModelSpec(name, make, AIR_WITH_INTENTS.towers, inferred=inferred)


INFERRED: Final = (
    _inferring("air_inferred", GENERATED),
    _inferring("air_inferred_item_cf", ITEM_CF),
    _inferring("air_inferred_popular", POPULAR),
    _inferring("air_inferred_other_user", OTHER_USER),
)
"""AIR with intents and behaviors beyond the log: generated ones, and controls in their place."""
