"""Makes the models of a benchmark from the same training data; encoders are trained once and shared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from airloom.bench.catalogue_builder import CatalogueSettings
from airloom.bench.controls import titles_as_intents, without_intents
from airloom.bench.training_data import LabelSettings, TrainingData
from airloom.ranking.baselines.boosted import BoostedRanker, BoostedSettings
from airloom.ranking.baselines.linear import LinearSettings
from airloom.ranking.baselines.sequence_ranker import SequenceRanker
from airloom.ranking.encoder.encoder import SequenceEncoder
from airloom.ranking.event_weights import EventWeightSettings
from airloom.ranking.ranker import Ranker
from airloom.ranking.training.fit_encoder import fit_encoder
from airloom.ranking.training.negatives import training_candidates
from airloom.ranking.training.settings import TrainingSettings
from airloom.ranking.training.train import train
from airloom.ranking.training.training_loop import Fitted
from airloom.ranking.training.training_view import TrainingView
from airloom.settings import formerly


@dataclass(frozen=True)
class ModelSettings:
    """The settings of all models of one dataset, chosen on its valid split.

    Attributes:
        training: Of AIR and what it is made of; its tree says how fast events fade for all models.
        catalogue: How neighbors and popularity are counted.
        linear: Of the linear model.
        boosted: Of the boosted trees.
        labels: What second stages learn from.
    """

    training: TrainingSettings = field(default_factory=TrainingSettings)
    catalogue: CatalogueSettings = field(default_factory=CatalogueSettings, metadata=formerly("shop"))
    linear: LinearSettings = field(default_factory=LinearSettings)
    boosted: BoostedSettings = field(default_factory=BoostedSettings)
    labels: LabelSettings = field(default_factory=LabelSettings)

    @property
    def tree(self) -> EventWeightSettings:
        """How fast events fade, and what an action weighs."""
        return self.training.ranker.inputs.tree


class _TrainedEncoder(NamedTuple):
    """An encoder, how its training went, and the seconds that it took."""

    encoder: SequenceEncoder
    fitted: Fitted
    seconds: float


class ModelFactory:
    """Makes models of one dataset.

    Args:
        training_data: What they learn from.
        settings: How.

    Attributes:
        shared_seconds: Seconds that models did not take because an encoder was trained before for another
            model. The cost of a model is the time that passed plus the growth of this.
    """

    def __init__(self, training_data: TrainingData, settings: ModelSettings) -> None:
        self.training_data, self.settings = training_data, settings
        self.shared_seconds = 0.0
        self._encoders: dict[tuple[bool, TrainingSettings], _TrainedEncoder] = {}

    def sequence(self, seed: int, **fields: bool | float) -> Ranker:
        """Return only the sequence encoder: no second stage needs labels, so it is trained on all events.

        Args:
            seed: Of everything.
            fields: Fields of `EncoderSettings` that differ.
        """
        settings = self._seeded(seed, use_intents=False, **fields)
        return SequenceRanker(self._encoder(self.training_data.now, settings, what="sequence encoder")[0])

    def boosted(self, seed: int) -> Ranker:
        """Return boosted trees over what AIR knows without intents."""
        settings = self._seeded(seed, use_intents=False)
        before, now = (past._replace(snapshot=without_intents(past.snapshot)) for past in self._pasts)
        candidates = training_candidates(
            self.training_data.labels,
            before.snapshot,
            negatives=settings.negatives,
            popular_share=0.0,  # a classifier has no correction for products that are drawn too often
            same_top=settings.negatives_from == "same_top",
            seed=seed,
        )
        unaware, _ = self._encoder(before, settings, what="encoder before the labels")
        encoder, _ = self._encoder(now, settings, what="sequence encoder")
        return BoostedRanker.fit(
            self.training_data.labels,
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
        """Return AIR, or one of its controls.

        Args:
            seed: Of everything.
            titles: Title embeddings stand for intents.
            intents: False hides them all.
            tree: Fields of `EventWeightSettings` that differ.
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
        return train(self.training_data.labels, before, now, settings, encoder_of=self._encoder).ranker

    @property
    def _pasts(self) -> tuple[TrainingView, TrainingView]:
        return self.training_data.before, self.training_data.now

    def _encoder(
        self,
        view: TrainingView,
        settings: TrainingSettings,
        *,
        what: str,
        checkpoint: Path | None = None,  # noqa: ARG002 - what `train` would keep of it
    ) -> tuple[SequenceEncoder, Fitted]:
        """Return an encoder trained on `view`, over its snapshot; models that differ in the rest share it.

        It is trained with the full snapshot, even where a control has taken something away from the one in
        `view`: an encoder that reads no intents is the same with and without them.
        """
        all_events = view.sequences is self.training_data.now.sequences
        plain = self._seeded(settings.seed)
        key = all_events, replace(plain, ranker=replace(plain.ranker, encoder=settings.ranker.encoder))
        if key in self._encoders:
            self.shared_seconds += self._encoders[key].seconds
        else:
            started = perf_counter()
            view = self.training_data.now if all_events else self.training_data.before
            encoder, fitted = fit_encoder(view, key[1], what=what)
            self._encoders[key] = _TrainedEncoder(encoder, fitted, perf_counter() - started)
        trained = self._encoders[key]
        return SequenceEncoder(
            trained.encoder.network, trained.encoder.item_ids, view.snapshot
        ), trained.fitted

    def _seeded(self, seed: int, **fields: bool | float) -> TrainingSettings:
        """Return the settings of training with a seed, and some fields of `EncoderSettings` changed."""
        settings = self.settings.training
        encoder = replace(settings.ranker.encoder, **fields)  # type: ignore[arg-type]
        return replace(settings, seed=seed, ranker=replace(settings.ranker, encoder=encoder))
