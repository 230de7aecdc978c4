"""Every model of the benchmark by name: how it is made in the same workshop, behind the same interface."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import inf
from typing import Final, NamedTuple

import numpy as np

from airloom.bench.workshop import Workshop
from airloom.logs.contract import ACTIONS
from airloom.ranking.baselines.item_cf import ItemCfRanker
from airloom.ranking.baselines.linear import LinearRanker
from airloom.ranking.baselines.popularity_ranker import PopularityRanker
from airloom.ranking.baselines.title_similarity import TitleSimilarityRanker
from airloom.ranking.ranker import Ranker
from airloom.ranking.snapshot import Neighbours
from airloom.statistics.cooccurrence import neighbour_links


class Competitor(NamedTuple):
    """One model of the benchmark.

    Attributes:
        name: In tables.
        make: From a workshop and a seed.
        encoder: Models of the same word share a trained encoder.
        seeded: Whether chance has a part in its training; if not, one seed says all.
    """

    name: str
    make: Callable[[Workshop, int], Ranker]
    encoder: str
    seeded: bool = True


def _popularity(workshop: Workshop, _: int) -> Ranker:
    return PopularityRanker(workshop.material.now.snapshot)


def _title_similarity(workshop: Workshop, _: int) -> Ranker:
    return TitleSimilarityRanker(workshop.material.now.snapshot)


def _item_cf(workshop: Workshop, _: int) -> Ranker:
    """Neighbours alone, without neighbours' neighbours."""
    now, sequences = workshop.material.now
    count = len(now.objects.ids)
    settings = replace(workshop.settings.shop.neighbours, second_hop=0.0)
    links = neighbour_links(sequences, count=count, before=now.before, settings=settings)
    starts = np.searchsorted(links.sources, np.arange(count + 1))
    near = Neighbours(starts, links.targets, links.weights.astype(np.float32))
    return ItemCfRanker(replace(now, neighbours=near), workshop.settings.tree)


def _item_cf_two_hop(workshop: Workshop, _: int) -> Ranker:
    return ItemCfRanker(workshop.material.now.snapshot, workshop.settings.tree)


def _linear(workshop: Workshop, _: int) -> Ranker:
    now = workshop.material.now
    return LinearRanker.fit(now.sequences, now.snapshot, workshop.settings.linear)


BASELINES: Final = (
    Competitor("popularity", _popularity, "none", seeded=False),
    Competitor("title_similarity", _title_similarity, "none", seeded=False),
    Competitor("item_cf", _item_cf, "none", seeded=False),
    Competitor("item_cf_two_hop", _item_cf_two_hop, "none", seeded=False),
    Competitor("linear", _linear, "none", seeded=False),
    # what makes SASRec of our encoder: its objects are ids, and nothing is left of one whose id is hidden
    Competitor("sasrec", partial(Workshop.sequence, use_texts=False, members=1, forget_ids=0.0), "ids alone"),
    Competitor("sasrec_text", Workshop.sequence, "texts"),
    Competitor("boosted", Workshop.boosted, "texts"),
)
"""What AIR has to beat."""

AIR: Final = (
    Competitor("air", Workshop.air, "intents"),
    Competitor("air_without_intents", partial(Workshop.air, intents=False), "texts"),
    Competitor("air_titles_for_intents", partial(Workshop.air, titles=True), "texts"),
)
"""AIR and the two controls that say what intents are worth."""

ONE_WEIGHT: Final = dict.fromkeys(ACTIONS, 1.0)

ABLATIONS: Final = (
    Competitor("air_no_tree", partial(Workshop.air, weigh_nodes=False), "intents"),
    Competitor("air_no_retrieval", partial(Workshop.air, aim_at_target=False), "intents"),
    Competitor("air_neither", partial(Workshop.air, weigh_nodes=False, aim_at_target=False), "intents"),
    Competitor("air_no_decay", partial(Workshop.air, tree={"half_life_days": inf}), "intents"),
    Competitor("air_one_action_weight", partial(Workshop.air, tree=ONE_WEIGHT), "intents"),
    Competitor("air_leaves_only", partial(Workshop.air, leaves_only=True), "intents"),
)
"""AIR with one part taken away; the encoder stays."""
