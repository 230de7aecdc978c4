"""A run of the benchmark: every model is trained on the training split, then ranks the same test cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Final, Literal

import numpy as np

from airloom.bench.catalogue_builder import CatalogueBuilder
from airloom.bench.dataset import Dataset
from airloom.bench.eval_cases import EvalCases, draw_eval_cases, load_eval_cases, save_eval_cases
from airloom.bench.model_factory import ModelSettings
from airloom.bench.models import ABLATIONS, INFERRED, LLM_TEXTS, NO_TEXT_TOWER, RULES_TEXTS, ModelSpec
from airloom.bench.provenance import machine
from airloom.bench.result_cache import ResultCache, SeedResult, run_digest
from airloom.bench.results import ModelMeasurement, Results, RunContext
from airloom.bench.slices import slices
from airloom.bench.summary import summarize_results
from airloom.bench.text_arms import ArmTexts
from airloom.bench.training_data import TrainingData, split_training
from airloom.bench.workers import BenchTask, run_groups, training_groups
from airloom.intents.encoding import TextEncoder
from airloom.progress import say
from airloom.ranking.candidates.generation import Candidates, CandidateSettings
from airloom.ranking.candidates.recall import recall
from airloom.ranking.evaluation.intervals import Resampling
from airloom.ranking.training.examples import Example
from airloom.settings import as_dict

NEGATIVES_SEED: Final = 1
RECALL_LIMIT: Final = 500
"""Candidates of the recall that is reported."""
PAIRS: Final = (
    *(
        ("air", other)
        for other in (
            "air_without_intents",
            "air_titles_for_intents",
            "boosted",
            "sasrec_text",
            "sasrec",
            "item_cf_two_hop",
        )
    ),
    ("air_with_intents", "air_without_intents"),
    ("air_with_intents", "air_titles_for_intents"),
    *(("air_with_intents", ablation.name) for ablation in ABLATIONS),
    *((reading.name, "air_with_intents") for reading in (*RULES_TEXTS, *LLM_TEXTS)),
    *((reading.name, NO_TEXT_TOWER.name) for reading in (*RULES_TEXTS, *LLM_TEXTS)),
    *((inferring.name, "air_with_intents") for inferring in INFERRED),
    *(("air_inferred", control.name) for control in INFERRED[1:]),
)
"""What is subtracted from what."""


@dataclass(frozen=True)
class BenchSettings:
    """How a benchmark is run.

    Attributes:
        models: Of all models.
        seeds: Trainings of each model in which chance has a part.
        split: `test`, or `valid` to choose settings by.
        full_cases: Cases that are also ranked among all products of their domain, with the first seed; drawn
            evenly where there are more.
        jobs: Processes that train and evaluate models, a core each; the numbers do not depend on it.
        commit: Of the code, for the record.
    """

    models: ModelSettings
    seeds: int = 3
    split: Literal["test", "valid"] = "test"
    full_cases: int = 1000
    jobs: int = 1
    commit: str = "unknown"


def run_bench(
    dataset: Dataset,
    specs: Sequence[ModelSpec],
    *,
    home: Path,
    encoder: TextEncoder,
    intents: Path | None,
    settings: BenchSettings,
    cards: Path | None = None,
) -> Results:
    """Train and evaluate `specs` on `dataset`.

    Args:
        dataset: Its test split is read when the training data is ready, and only to evaluate.
        specs: In the order of the tables.
        home: Folder for embeddings, nodes and stored negatives.
        encoder: Encodes titles.
        intents: Answers of another reasoner, or None for the encoder.
        settings: How to run.
        cards: Knowledge cards that a language model wrote, for the models that read them.
    """
    started = perf_counter()
    builder = CatalogueBuilder(
        dataset.items,
        home=home,
        encoder=encoder,
        intents=intents,
        cards=cards,
        settings=settings.models.catalogue,
    )
    training_data = split_training(
        builder, dataset.training, domains=dataset.items.domains, settings=settings.models.labels
    )
    arm_texts = None
    if any(spec.texts for spec in specs):
        arm_texts = ArmTexts(*map(builder.arm_texts, (training_data.before, training_data.now)))
    seconds_shared = perf_counter() - started
    split = dataset.test() if settings.split == "test" else dataset.valid()
    cases = _eval_cases(dataset, split.examples, home / f"{dataset.name}-{settings.split}-negatives.npy")
    full_rows = np.random.default_rng(NEGATIVES_SEED).permutation(len(cases.examples))
    full_rows = np.sort(full_rows[: settings.full_cases])
    digest = run_digest(dataset.training, cases, full_rows, settings.models)
    cache = ResultCache(builder.folder / "results", digest)
    results = _run(
        BenchTask(training_data, settings.models, cases, full_rows, cache, arm_texts), specs, settings
    )
    counts = np.bincount(dataset.training.objects, minlength=len(dataset.items.ids))
    description = _description(dataset, training_data, cases, settings, builder)
    return summarize_results(
        cases,
        [_measurement(spec.name, results) for spec in specs],
        pairs=PAIRS,
        slices=slices(cases, counts, split.returning),
        full_rows=full_rows,
        context=RunContext(
            dataset=description | {"seconds_shared": seconds_shared},
            machine=machine() | {"jobs": settings.jobs},
            commit=settings.commit,
            settings=as_dict(settings.models, former_names=True),
        ),
        intervals=Resampling(),
    )


def _run(task: BenchTask, specs: Sequence[ModelSpec], settings: BenchSettings) -> list[SeedResult]:
    """Return all results: those of an earlier run that was killed, and the missing ones."""
    trainings = [(spec.name, seed) for spec in specs for seed in range(settings.seeds)]
    cached = [task.cache.get(name, seed) for name, seed in trainings]
    results = [result for result in cached if result is not None]
    if results:
        say(f"{len(results)} trainings were done before; to repeat them, remove {task.cache.folder}")
    done = {(result.name, result.seed) for result in results}
    groups = training_groups(specs, seeds=settings.seeds, is_done=lambda *training: training in done)
    return results + list(run_groups(task, groups, jobs=settings.jobs))


def _measurement(name: str, results: Sequence[SeedResult]) -> ModelMeasurement:
    """Return the results of all seeds of one model as one."""
    by_seed = sorted((result for result in results if result.name == name), key=lambda result: result.seed)
    return ModelMeasurement(
        name,
        [result.ranks for result in by_seed],
        [result.full for result in by_seed if result.full is not None],
        sum(result.seconds_training for result in by_seed),
        sum(result.seconds_ranking for result in by_seed),
        max(result.memory_mb for result in by_seed),
    )


def _eval_cases(dataset: Dataset, examples: Sequence[Example], stored: Path) -> EvalCases:
    """Return the cases with the negatives in `stored`, which are drawn and stored if the file is missing."""
    items = dataset.items
    if stored.exists():
        return load_eval_cases(stored, examples, domains=items.domains, is_product=items.is_product)
    cases = draw_eval_cases(examples, domains=items.domains, is_product=items.is_product, seed=NEGATIVES_SEED)
    save_eval_cases(stored, cases)
    return cases


def _description(
    dataset: Dataset,
    training_data: TrainingData,
    cases: EvalCases,
    settings: BenchSettings,
    builder: CatalogueBuilder,
) -> dict[str, Any]:
    tree = settings.models.training.ranker.inputs.tree
    candidates = Candidates(training_data.now.snapshot, CandidateSettings(limit=RECALL_LIMIT, tree=tree))
    recalled = recall(candidates, cases.examples)
    return {
        "name": dataset.name,
        "split": settings.split,
        "objects": len(dataset.items.ids),
        "training_events": len(training_data.now.sequences.users),
        "labels": len(training_data.labels),
        "nodes": len(builder.nodes.labels),
        "versions": builder.versions,
        "answered": builder.answered,
        f"recall_at_{RECALL_LIMIT}": {
            "union": recalled.union,
            "alone": dict(recalled.single),
            "without": dict(recalled.without),
        },
    }
