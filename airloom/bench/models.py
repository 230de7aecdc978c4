"""Every model of the benchmark by name: how it is made from the same material, behind the same interface."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import inf
from time import perf_counter
from typing import Final, NamedTuple

import numpy as np

from airloom.bench.controls import titles_as_intents, without_intents
from airloom.bench.material import LabelSettings, Material
from airloom.bench.shop import ShopSettings
from airloom.ranking.air import AirRanker
from airloom.ranking.baselines.boosted import BoostedRanker, BoostedSettings
from airloom.ranking.baselines.item_cf import ItemCfRanker
from airloom.ranking.baselines.linear import LinearRanker, LinearSettings
from airloom.ranking.baselines.popularity_ranker import PopularityRanker
from airloom.ranking.baselines.sequence_ranker import SequenceRanker
from airloom.ranking.baselines.title_similarity import TitleSimilarityRanker
from airloom.ranking.encoder.encoder import SequenceEncoder
from airloom.ranking.intent_tree.tree import TreeSettings
from airloom.ranking.ranker import Ranker
from airloom.ranking.snapshot import Neighbours, Snapshot
from airloom.ranking.statistics.cooccurrence import neighbour_links
from airloom.ranking.training.fit_encoder import fit_encoder
from airloom.ranking.training.fit_network import fit_network
from airloom.ranking.training.negatives import training_candidates
from airloom.ranking.training.past import Past
from airloom.ranking.training.settings import TrainingSettings


@dataclass(frozen=True)
class ModelSettings:
    """Of all models of one dataset, chosen on its valid split.

    Attributes:
        training: Of AIR and what it is made of; its tree says how fast events fade for all models.
        shop: How neighbours and popularity are counted.
        linear: Of the linear model.
        boosted: Of the boosted trees.
        labels: What second stages learn from.
    """

    training: TrainingSettings = field(default_factory=TrainingSettings)
    shop: ShopSettings = field(default_factory=ShopSettings)
    linear: LinearSettings = field(default_factory=LinearSettings)
    boosted: BoostedSettings = field(default_factory=BoostedSettings)
    labels: LabelSettings = field(default_factory=LabelSettings)


class Made(NamedTuple):
    """A model that is ready to rank, and how long it took to make, shared parts included."""

    ranker: Ranker
    seconds: float


class Competitor(NamedTuple):
    """One model of the benchmark.

    Attributes:
        name: In tables.
        make: From a workshop and a seed.
        encoder: Models of the same word share a trained encoder.
        seeded: Whether chance has a part in its training; if not, one seed says all.
    """

    name: str
    make: Callable[[Workshop, int], Made]
    encoder: str
    seeded: bool = True


class Workshop:
    """Makes models of one dataset; an encoder that several of them share is trained once a seed."""

    def __init__(self, material: Material, settings: ModelSettings) -> None:
        self.material, self.settings = material, settings
        self._encoders: dict[tuple[object, ...], tuple[SequenceEncoder, float]] = {}

    def sequence(self, seed: int, **traits: bool | int) -> Made:
        """The sequence encoder alone: nothing comes after it that labels are kept for, so it sees everything.

        Args:
            seed: Of everything.
            traits: Fields of `EncoderSettings` that differ.
        """
        encoder, seconds = self._encoder(self.material.now, seed, use_intents=False, **traits)
        return Made(SequenceRanker(encoder), seconds)

    def boosted(self, seed: int) -> Made:
        """Trees over what AIR knows without intents."""
        encoders, shared = self._encoder_pair(seed, intents=False)
        began = perf_counter()
        before, now = (without_intents(past.snapshot) for past in (self.material.before, self.material.now))
        settings = self._seeded(seed)
        candidates = training_candidates(
            self.material.labels,
            before,
            negatives=settings.negatives,
            popular_share=0.0,  # a classifier has no correction for products that are drawn too often
            same_top=settings.negatives_from == "same_top",
            seed=seed,
        )
        ranker = BoostedRanker.fit(
            self.material.labels,
            candidates,
            trained_on=before,
            encoders=(_over(encoders.before, before), _over(encoders.now, now)),
            snapshot=now,
            inputs=settings.ranker.inputs,
            settings=self.settings.boosted,
            seed=seed,
        )
        return Made(ranker, shared + perf_counter() - began)

    def air(self, seed: int, *, titles: bool = False, intents: bool = True, **switches: object) -> Made:
        """AIR, or one of its controls, as `airloom.ranking.training.train.train` makes it.

        Args:
            seed: Of everything.
            titles: Title embeddings stand for intents.
            intents: False hides them all.
            switches: Fields of `InputSettings` that differ.
        """
        encoders, shared = self._encoder_pair(seed, intents=intents and not titles)
        began = perf_counter()
        change = titles_as_intents if titles else _as_it_is if intents else without_intents
        before, now = (change(past.snapshot) for past in (self.material.before, self.material.now))
        settings = self._seeded(seed)
        inputs = replace(settings.ranker.inputs, use_intents=intents, **switches)  # type: ignore[arg-type]
        ranker = replace(settings.ranker, inputs=inputs, encoder=encoders.now.network.settings)
        settings = replace(settings, ranker=ranker)
        network, _ = fit_network(self.material.labels, before, _over(encoders.before, before), settings)
        made = AirRanker(network, _over(encoders.now, now), ranker, now)
        return Made(made, shared + perf_counter() - began)

    def _encoder_pair(self, seed: int, *, intents: bool) -> tuple[_Pair, float]:
        """The encoders of a second stage and the seconds that they took."""
        before, first = self._encoder(self.material.before, seed, use_intents=intents)
        now, second = self._encoder(self.material.now, seed, use_intents=intents)
        return _Pair(before, now), first + second

    def _encoder(self, past: Past, seed: int, **traits: bool | int) -> tuple[SequenceEncoder, float]:
        """An encoder that has seen `past`, and the seconds that it took when it was made."""
        key = (past is self.material.now, seed, *sorted(traits.items()))
        if key not in self._encoders:
            began = perf_counter()
            found, _ = fit_encoder(past, self._seeded(seed, **traits))
            self._encoders[key] = found, perf_counter() - began
        return self._encoders[key]

    def tree(self, **changes: float) -> TreeSettings:
        """The tree's settings with some changed."""
        return replace(self.settings.training.ranker.inputs.tree, **changes)

    def _seeded(self, seed: int, **traits: bool | int) -> TrainingSettings:
        """The settings of training with a seed, and some fields of `EncoderSettings` changed."""
        settings = self.settings.training
        encoder = replace(settings.ranker.encoder, **traits)  # type: ignore[arg-type]
        return replace(settings, seed=seed, ranker=replace(settings.ranker, encoder=encoder))


class _Pair(NamedTuple):
    """One that has not seen the labels, to learn from them with, and one that has seen all, to serve."""

    before: SequenceEncoder
    now: SequenceEncoder


def _as_it_is(snapshot: Snapshot) -> Snapshot:
    return snapshot


def _over(encoder: SequenceEncoder, snapshot: Snapshot) -> SequenceEncoder:
    return SequenceEncoder(encoder.network, encoder.known, snapshot)


def _timed(make: Callable[[Workshop], Ranker]) -> Callable[[Workshop, int], Made]:
    def made(workshop: Workshop, _: int) -> Made:
        began = perf_counter()
        ranker = make(workshop)
        return Made(ranker, perf_counter() - began)

    return made


def _item_cf(workshop: Workshop) -> Ranker:
    """Neighbours alone, without neighbours' neighbours."""
    now, sequences = workshop.material.now
    count = len(now.objects.ids)
    settings = replace(workshop.settings.shop.neighbours, second_hop=0.0)
    links = neighbour_links(sequences, count=count, as_of=now.as_of, settings=settings)
    starts = np.searchsorted(links.sources, np.arange(count + 1))
    near = Neighbours(starts, links.targets, links.weights.astype(np.float32))
    return ItemCfRanker(replace(now, neighbours=near), workshop.tree())


def _linear(workshop: Workshop) -> Ranker:
    now = workshop.material.now
    return LinearRanker.fit(now.sequences, now.snapshot, workshop.settings.linear)


def _counted(name: str, make: Callable[[Workshop], Ranker]) -> Competitor:
    """A model that is counted, not trained."""
    return Competitor(name, _timed(make), encoder="none", seeded=False)


AS_PUBLISHED: Final[dict[str, bool | int]] = {"use_texts": False, "members": 1, "forget_ids": 0}
"""What makes SASRec of our encoder: its objects are ids, and nothing is left of one whose id is hidden."""

BASELINES: Final = (
    _counted("popularity", lambda shop: PopularityRanker(shop.material.now.snapshot)),
    _counted("title_similarity", lambda shop: TitleSimilarityRanker(shop.material.now.snapshot)),
    _counted("item_cf", _item_cf),
    _counted("item_cf_two_hop", lambda shop: ItemCfRanker(shop.material.now.snapshot, shop.tree())),
    _counted("linear", _linear),
    Competitor("sasrec", lambda shop, seed: shop.sequence(seed, **AS_PUBLISHED), "ids alone"),
    Competitor("sasrec_text", lambda shop, seed: shop.sequence(seed), "texts"),
    Competitor("boosted", lambda shop, seed: shop.boosted(seed), "texts"),
)
"""What AIR has to beat."""

AIR: Final = (
    Competitor("air", lambda shop, seed: shop.air(seed), "intents"),
    Competitor("air_without_intents", lambda shop, seed: shop.air(seed, intents=False), "texts"),
    Competitor("air_titles_for_intents", lambda shop, seed: shop.air(seed, titles=True), "texts"),
)
"""AIR and the two controls that say what intents are worth."""


def _ablation(name: str, **switches: bool) -> Competitor:
    return Competitor(name, lambda shop, seed: shop.air(seed, **switches), "intents")


def _weighed(name: str, **changes: float) -> Competitor:
    return Competitor(name, lambda shop, seed: shop.air(seed, tree=shop.tree(**changes)), "intents")


ABLATIONS: Final = (
    _ablation("air_no_tree", weigh_nodes=False),
    _ablation("air_no_retrieval", aim_at_target=False),
    _ablation("air_neither", weigh_nodes=False, aim_at_target=False),
    _weighed("air_no_decay", half_life_days=inf),
    _weighed("air_one_action_weight", view=1.0, like=1.0, click=1.0, cart=1.0, order=1.0),
    _ablation("air_leaves_only", leaves_only=True),
)
"""AIR with one part taken away; the encoder stays."""

COMPETITORS: Final = {each.name: each for each in (*BASELINES, *AIR, *ABLATIONS)}
"""All models by name."""
