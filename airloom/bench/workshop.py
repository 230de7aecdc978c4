"""Where the models of a benchmark are made, all of one material; encoders are trained once and shared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from airloom.bench.controls import titles_as_intents, without_intents
from airloom.bench.material import LabelSettings, Material
from airloom.bench.shop import ShopSettings
from airloom.ranking.baselines.boosted import BoostedRanker, BoostedSettings
from airloom.ranking.baselines.linear import LinearSettings
from airloom.ranking.baselines.sequence_ranker import SequenceRanker
from airloom.ranking.encoder.encoder import SequenceEncoder
from airloom.ranking.fitting.fit import Fitted
from airloom.ranking.intent_tree.tree import TreeSettings
from airloom.ranking.ranker import Ranker
from airloom.ranking.training.fit_encoder import fit_encoder
from airloom.ranking.training.negatives import training_candidates
from airloom.ranking.training.past import Past
from airloom.ranking.training.settings import TrainingSettings
from airloom.ranking.training.train import train


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

    @property
    def tree(self) -> TreeSettings:
        """How fast events fade, and what an action weighs."""
        return self.training.ranker.inputs.tree


class _Kept(NamedTuple):
    """An encoder that was fitted, how it went, and the seconds that it took."""

    encoder: SequenceEncoder
    fitted: Fitted
    seconds: float


class Workshop:
    """Makes models of one dataset.

    Args:
        material: What they learn from.
        settings: How.

    Attributes:
        spared: Seconds that models did not take because an encoder was there already; what a model takes is
            the time that passed and what was spared meanwhile.
    """

    def __init__(self, material: Material, settings: ModelSettings) -> None:
        self.material, self.settings = material, settings
        self.spared = 0.0
        self._kept: dict[tuple[bool, TrainingSettings], _Kept] = {}

    def sequence(self, seed: int, **traits: bool | float) -> Ranker:
        """The sequence encoder alone: nothing comes after it that labels are kept for, so it sees everything.

        Args:
            seed: Of everything.
            traits: Fields of `EncoderSettings` that differ.
        """
        settings = self._seeded(seed, use_intents=False, **traits)
        return SequenceRanker(self._encoder(self.material.now, settings, what="sequence encoder")[0])

    def boosted(self, seed: int) -> Ranker:
        """Trees over what AIR knows without intents."""
        settings = self._seeded(seed, use_intents=False)
        before, now = (past._replace(snapshot=without_intents(past.snapshot)) for past in self._pasts)
        candidates = training_candidates(
            self.material.labels,
            before.snapshot,
            negatives=settings.negatives,
            popular_share=0.0,  # a classifier has no correction for products that are drawn too often
            same_top=settings.negatives_from == "same_top",
            seed=seed,
        )
        unaware, _ = self._encoder(before, settings, what="encoder before the labels")
        encoder, _ = self._encoder(now, settings, what="sequence encoder")
        return BoostedRanker.fit(
            self.material.labels,
            candidates,
            trained_on=before.snapshot,
            encoders=(unaware, encoder),
            snapshot=now.snapshot,
            inputs=settings.ranker.inputs,
            settings=self.settings.boosted,
            seed=seed,
        )

    def air(
        self,
        seed: int,
        *,
        titles: bool = False,
        intents: bool = True,
        tree: Mapping[str, float] | None = None,
        **switches: bool,
    ) -> Ranker:
        """AIR, or one of its controls.

        Args:
            seed: Of everything.
            titles: Title embeddings stand for intents.
            intents: False hides them all.
            tree: Fields of `TreeSettings` that differ.
            switches: Fields of `InputSettings` that differ.
        """
        settings = self._seeded(seed, use_intents=intents and not titles)
        inputs = replace(
            settings.ranker.inputs,
            use_intents=intents,
            tree=replace(self.settings.tree, **(tree or {})),
            **switches,  # type: ignore[arg-type]
        )
        settings = replace(settings, ranker=replace(settings.ranker, inputs=inputs))
        before, now = self._pasts
        if titles:
            before, now = (past._replace(snapshot=titles_as_intents(past.snapshot)) for past in (before, now))
        elif not intents:
            before, now = (past._replace(snapshot=without_intents(past.snapshot)) for past in (before, now))
        return train(self.material.labels, before, now, settings, encoder_of=self._encoder).ranker

    @property
    def _pasts(self) -> tuple[Past, Past]:
        return self.material.before, self.material.now

    def _encoder(
        self,
        past: Past,
        settings: TrainingSettings,
        *,
        what: str,
        checkpoint: Path | None = None,  # noqa: ARG002 - what `train` would keep of it
    ) -> tuple[SequenceEncoder, Fitted]:
        """An encoder that has seen `past`, over its snapshot; models that differ in the rest share it.

        It is fitted to the material's own snapshot, whatever was taken away from the one in `past`: one that
        reads no intents is the same with and without them.
        """
        everything = past.sequences is self.material.now.sequences
        plain = self._seeded(settings.seed)
        key = everything, replace(plain, ranker=replace(plain.ranker, encoder=settings.ranker.encoder))
        if key in self._kept:
            self.spared += self._kept[key].seconds
        else:
            began = perf_counter()
            own = self.material.now if everything else self.material.before
            found, fitted = fit_encoder(own, key[1], what=what)
            self._kept[key] = _Kept(found, fitted, perf_counter() - began)
        kept = self._kept[key]
        return SequenceEncoder(kept.encoder.network, kept.encoder.known, past.snapshot), kept.fitted

    def _seeded(self, seed: int, **traits: bool | float) -> TrainingSettings:
        """The settings of training with a seed, and some fields of `EncoderSettings` changed."""
        settings = self.settings.training
        encoder = replace(settings.ranker.encoder, **traits)  # type: ignore[arg-type]
        return replace(settings, seed=seed, ranker=replace(settings.ranker, encoder=encoder))
