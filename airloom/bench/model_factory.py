"""Makes the models of a benchmark from the same training data; towers are trained once and shared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any, Final, NamedTuple

from airloom.bench.catalogue_builder import CatalogueSettings
from airloom.bench.controls import titles_as_intents, without_intents
from airloom.bench.inferred_arms import behavior_source
from airloom.bench.text_arms import ArmTexts, with_texts
from airloom.bench.training_data import LabelSettings, TrainingData
from airloom.beyond_log.attach import attach_behaviors
from airloom.beyond_log.fit_generator import PeriodGenerators, fit_by_period
from airloom.beyond_log.generator import BehaviorGenerator
from airloom.beyond_log.settings import GeneratorTrainingSettings
from airloom.progress import say
from airloom.ranking.baselines.boosted import BoostedRanker
from airloom.ranking.baselines.linear import LinearSettings
from airloom.ranking.baselines.sequence_ranker import SequenceRanker
from airloom.ranking.encoder.encoder import SequenceEncoder
from airloom.ranking.event_weights import EventWeightSettings
from airloom.ranking.ranker import Ranker
from airloom.ranking.settings import EncoderSettings
from airloom.ranking.training.examples import Example
from airloom.ranking.training.fit_tower import fit_tower
from airloom.ranking.training.negatives import training_candidates
from airloom.ranking.training.settings import TrainingSettings
from airloom.ranking.training.train import BEFORE, NOW, Trained, fit_towers, train
from airloom.ranking.training.training_loop import Fitted
from airloom.ranking.training.training_view import TrainingView
from airloom.settings import formerly

FOREST: Final = "forest"


@dataclass(frozen=True)
class ModelSettings:
    """The settings of all models of one dataset, chosen on its valid split.

    Attributes:
        training: Of AIR and what it is made of, the boosted trees too; its tree says how fast events fade for
            all models.
        catalogue: How neighbors and popularity are counted.
        linear: Of the linear model.
        labels: What second stages learn from.
        generator: Of behaviors beyond the log, for the models that read them.
    """

    training: TrainingSettings = field(default_factory=TrainingSettings)
    catalogue: CatalogueSettings = field(default_factory=CatalogueSettings, metadata=formerly("shop"))
    linear: LinearSettings = field(default_factory=LinearSettings)
    labels: LabelSettings = field(default_factory=LabelSettings)
    generator: GeneratorTrainingSettings = field(default_factory=GeneratorTrainingSettings)

    @property
    def tree(self) -> EventWeightSettings:
        """How fast events fade, and what an action weighs."""
        return self.training.ranker.inputs.tree


class _TrainedTower(NamedTuple):
    """A tower, how its training went, and the seconds that it took."""

    encoder: SequenceEncoder
    fitted: Fitted
    seconds: float


class ModelFactory:
    """Makes models of one dataset.

    Args:
        training_data: What they learn from.
        settings: How.
        arm_texts: What models read whose tower of texts does not read titles; None without such models.

    Attributes:
        shared_seconds: Seconds that models did not take because a tower, a generator or the whole ranker was
            trained before for another model. The cost of a model is the time that passed plus the growth of
            this.
    """

    def __init__(
        self, training_data: TrainingData, settings: ModelSettings, arm_texts: ArmTexts | None = None
    ) -> None:
        self.training_data, self.settings, self._arm_texts = training_data, settings, arm_texts
        self.shared_seconds = 0.0
        self._towers: dict[tuple[bool, EncoderSettings, str | None, int], _TrainedTower] = {}
        self._generators: dict[int, tuple[PeriodGenerators, float]] = {}
        self._trained: dict[tuple[bool, str | None, str | None, TrainingSettings], tuple[Trained, float]] = {}

    def sequence(self, seed: int, **fields: bool | float) -> Ranker:
        """Return only the tower of ids: no second stage needs labels, so it is trained on all events.

        Args:
            seed: Of everything.
            fields: Fields of its `EncoderSettings` that differ.
        """
        settings = self._seeded(seed)
        tower = replace(settings.ranker.towers.ids, **fields)  # type: ignore[arg-type]
        return SequenceRanker(self._tower(self.training_data.now, tower, settings, what="ids tower")[0])

    def boosted(self, seed: int) -> Ranker:
        """Return boosted trees over what AIR knows without intents."""
        settings = self._seeded(seed).without_intents()
        only_ids = settings.ranker.towers.without("texts")  # the one whose score is a feature
        settings = replace(settings, ranker=replace(settings.ranker, towers=only_ids))
        before, now = (past._replace(snapshot=without_intents(past.snapshot)) for past in self._pasts)
        candidates = training_candidates(
            self.training_data.labels,
            before.snapshot,
            negatives=settings.negatives,
            popular_share=0.0,  # a classifier has no correction for products that are drawn too often
            same_top=settings.negatives_from == "same_top",
            seed=seed,
        )
        unaware, _ = fit_towers(before, settings, BEFORE, tower_of=self._tower)
        serving, _ = fit_towers(now, settings, NOW, tower_of=self._tower)
        return BoostedRanker.fit(
            self.training_data.labels,
            candidates,
            trained_on=before.snapshot,
            towers=(unaware, serving),
            snapshot=now.snapshot,
            inputs=settings.ranker.inputs,
            settings=settings.forest,
            seed=seed,
        )

    def air(self, seed: int) -> Ranker:
        """Return what the training pipeline serves: with intents, or without where held-out labels say so."""
        candidates = (self.air_trained(seed), self.air_trained(seed, intents=False))
        return min(candidates, key=lambda trained: trained.held_out.mean).ranker

    def air_variant(self, seed: int, **differences: Any) -> Ranker:
        """Return the ranker of `air_trained`."""
        return self.air_trained(seed, **differences).ranker

    def with_behaviors(
        self, examples: Sequence[Example], inferred: str, seed: int, *, serving: bool
    ) -> list[Example]:
        """Return examples whose histories carry behaviors beyond the log.

        Args:
            examples: Whose.
            inferred: Where they come from, see `behavior_source`.
            seed: Of the generator.
            serving: Infer with all training events; if not, with those before the labels.
        """

        def generator() -> BehaviorGenerator:
            generators = self._fitted_generators(seed)
            return generators.now if serving else generators.before

        view = self.training_data.now if serving else self.training_data.before
        source = behavior_source(
            inferred, view.snapshot, examples, generator=generator, weights=self.settings.tree
        )
        return attach_behaviors(examples, source)

    def air_trained(
        self,
        seed: int,
        *,
        titles: bool = False,
        intents: bool = True,
        without: Sequence[str] = (),
        texts: str | None = None,
        inferred: str | None = None,
        tree: Mapping[str, float] | None = None,
        **switches: bool,
    ) -> Trained:
        """Return AIR with intents, or one of its controls and ablations, and how it was fitted.

        Args:
            seed: Of everything.
            titles: Title embeddings stand for intents.
            intents: False hides them all.
            without: Parts of the second stage that are left out: `forest`, or names of `TOWERS`.
            texts: What the tower of texts reads, see `airloom.bench.text_arms`; None for titles.
            inferred: Where the behaviors that it reads come from, see `behavior_source`; None for none. The
                cases must carry them too: `with_behaviors`.
            tree: Fields of `EventWeightSettings` that differ.
            switches: Fields of `InputSettings` that differ.
        """
        settings = self._seeded(seed)
        if FOREST in without:
            settings = replace(settings, forest=replace(settings.forest, rounds=0))
        towers = settings.ranker.towers.without(*(name for name in without if name != FOREST))
        if texts:
            towers = replace(towers, texts=replace(towers.texts, text="card"))
        settings = replace(settings, ranker=replace(settings.ranker, towers=towers))
        if titles or not intents:
            settings = settings.without_intents()
        inputs = replace(
            settings.ranker.inputs,
            use_intents=intents,
            use_inferred=inferred is not None,
            tree=replace(self.settings.tree, **(tree or {})),
            **switches,  # type: ignore[arg-type]
        )
        settings = replace(settings, ranker=replace(settings.ranker, inputs=inputs))
        key = titles, texts, inferred, settings
        if key in self._trained:
            trained, seconds = self._trained[key]
            self.shared_seconds += seconds
            return trained
        started, shared = perf_counter(), self.shared_seconds
        before, now = (
            self._changed(past, titles=titles, intents=intents, texts=texts) for past in self._pasts
        )
        labels, kept = self.training_data.labels, None
        if inferred:
            kept = self.air_trained(
                seed,
                titles=titles,
                intents=intents,
                without=without,
                texts=texts,
                inferred=None,
                tree=tree,
                **switches,
            )
            labels = self.with_behaviors(labels, inferred, seed, serving=False)
        tower_of = partial(self._tower, texts=texts)
        trained = train(labels, before, now, settings, kept=kept, tower_of=tower_of)
        if texts:
            weight = trained.ranker.stage.weights.texts
            say(f"Texts of {texts}, seed {seed + 1}: the weight of their tower in the stack is {weight:.3f}")
        if inferred:
            weight = trained.ranker.stage.weights.inferred
            say(f"Behaviors of {inferred}, seed {seed + 1}: their weight in the stack is {weight:.3f}")
        self._trained[key] = trained, perf_counter() - started + self.shared_seconds - shared
        return trained

    @property
    def _pasts(self) -> tuple[TrainingView, TrainingView]:
        return self.training_data.before, self.training_data.now

    def _changed(self, view: TrainingView, *, titles: bool, intents: bool, texts: str | None) -> TrainingView:
        """Return what a control knows of `view`; the arguments are those of `air_trained`."""
        if titles:
            view = view._replace(snapshot=titles_as_intents(view.snapshot))
        elif not intents:
            view = view._replace(snapshot=without_intents(view.snapshot))
        return self._with_texts(view, texts) if texts else view

    def _with_texts(self, view: TrainingView, arm: str) -> TrainingView:
        """Return a view whose cards are the texts of an arm."""
        assert self._arm_texts is not None  # noqa: S101 - whoever names an arm gives its texts
        return with_texts(view, (self._arm_texts.now if self._is_now(view) else self._arm_texts.before)[arm])

    def _is_now(self, view: TrainingView) -> bool:
        """Whether `view` knows all training events, even if a control took something else away."""
        return view.sequences is self.training_data.now.sequences

    def _fitted_generators(self, seed: int) -> PeriodGenerators:
        if seed in self._generators:
            self.shared_seconds += self._generators[seed][1]
        else:
            started = perf_counter()
            generators = fit_by_period(*self._pasts, replace(self.settings.generator, seed=seed))
            self._generators[seed] = generators, perf_counter() - started
        return self._generators[seed][0]

    def _tower(
        self,
        view: TrainingView,
        tower: EncoderSettings,
        settings: TrainingSettings,
        *,
        what: str,
        checkpoint: Path | None = None,  # noqa: ARG002 - what `train` would keep of it
        texts: str | None = None,
    ) -> tuple[SequenceEncoder, Fitted]:
        """Return a tower trained on `view`, over its snapshot; models that differ in the rest share it.

        It is trained with the full snapshot, even where a control has taken something away from the one in
        `view`: a tower that reads no intents is the same with and without them.
        """
        all_events = self._is_now(view)
        arm = texts if tower.text == "card" else None
        key = all_events, tower, arm, settings.seed
        if key in self._towers:
            self.shared_seconds += self._towers[key].seconds
        else:
            started = perf_counter()
            full = self.training_data.now if all_events else self.training_data.before
            if arm:
                full = self._with_texts(full, arm)
            encoder, fitted = fit_tower(full, tower, settings, what=what)
            self._towers[key] = _TrainedTower(encoder, fitted, perf_counter() - started)
        trained = self._towers[key]
        return SequenceEncoder(
            trained.encoder.network, trained.encoder.item_ids, view.snapshot
        ), trained.fitted

    def _seeded(self, seed: int) -> TrainingSettings:
        return replace(self.settings.training, seed=seed)
