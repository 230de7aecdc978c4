"""A run of the benchmark: every model made from training alone, then judged on the same test cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Final, Literal

import numpy as np

from airloom.bench.crew import Task, turns, verdicts
from airloom.bench.dataset import Dataset
from airloom.bench.material import Material, divide
from airloom.bench.models import Competitor
from airloom.bench.protocol import Contest, contest, load, save
from airloom.bench.provenance import machine
from airloom.bench.results import Circumstances, Measured, Results
from airloom.bench.shop import Shop
from airloom.bench.slices import slices
from airloom.bench.summary import summarised
from airloom.bench.verdicts import Verdict, Verdicts, run_digest
from airloom.bench.workshop import ModelSettings
from airloom.intents.encoding import TextEncoder
from airloom.progress import say
from airloom.ranking.candidates.generation import Candidates, CandidateSettings
from airloom.ranking.candidates.recall import recall
from airloom.ranking.evaluation.intervals import Resampling
from airloom.ranking.training.examples import Example
from airloom.settings import as_dict

NEGATIVES_SEED: Final = 1
FULL_CASES: Final = 100
"""Cases that are also ranked among all products of their domain, with the first seed."""
PROPOSED: Final = 500
"""Candidates of the recall that is reported."""
PAIRS: Final = (
    ("air", "air_without_intents"),
    ("air", "air_titles_for_intents"),
    ("air", "boosted"),
    ("air", "sasrec_text"),
    ("air", "sasrec"),
    ("air", "item_cf_two_hop"),
    ("air", "air_no_tree"),
    ("air", "air_no_retrieval"),
    ("air", "air_neither"),
    ("air", "air_no_decay"),
    ("air", "air_one_action_weight"),
    ("air", "air_leaves_only"),
)
"""What is subtracted from what."""


@dataclass(frozen=True)
class BenchSettings:
    """How a benchmark is run.

    Attributes:
        models: Of all models.
        seeds: Trainings of each model in which chance has a part.
        split: `test`, or `valid` to choose settings by.
        jobs: Processes that train and judge models, a core each; the numbers do not depend on it.
        commit: Of the code, for the record.
    """

    models: ModelSettings
    seeds: int = 3
    split: Literal["test", "valid"] = "test"
    jobs: int = 1
    commit: str = "unknown"


def run_bench(
    dataset: Dataset,
    competitors: Sequence[Competitor],
    *,
    home: Path,
    encoder: TextEncoder,
    intents: Path | None,
    settings: BenchSettings,
) -> Results:
    """Train and judge `competitors` on `dataset`.

    Args:
        dataset: Its test split is read when the material is ready, and only to judge.
        competitors: In the order of the tables.
        home: Folder for embeddings, nodes and stored negatives.
        encoder: Encodes titles.
        intents: Answers of another reasoner, or None for the encoder.
        settings: How to run.
    """
    began = perf_counter()
    shop = Shop(dataset.items, home=home, encoder=encoder, intents=intents, settings=settings.models.shop)
    material = divide(shop, dataset.training, domains=dataset.items.domains, settings=settings.models.labels)
    shared = perf_counter() - began
    cases = dataset.test() if settings.split == "test" else dataset.valid()
    found = _contest(dataset, cases.examples, home / f"{dataset.name}-{settings.split}-negatives.npy")
    rows = np.random.default_rng(NEGATIVES_SEED).permutation(len(found.cases))[:FULL_CASES]
    kept = Verdicts(shop.folder / "verdicts", run_digest(dataset.training, found, rows, settings.models))
    given = _judged(Task(material, settings.models, found, rows, kept), competitors, settings)
    counts = np.bincount(dataset.training.objects, minlength=len(dataset.items.ids))
    return summarised(
        found,
        [_measured(competitor.name, given) for competitor in competitors],
        pairs=PAIRS,
        slices=slices(found, counts, cases.returning),
        full_rows=rows,
        circumstances=Circumstances(
            dataset=_description(dataset, material, found, settings, shop) | {"seconds_shared": shared},
            machine=machine() | {"jobs": settings.jobs},
            commit=settings.commit,
            settings=as_dict(settings.models),
        ),
        intervals=Resampling(),
    )


def _judged(task: Task, competitors: Sequence[Competitor], settings: BenchSettings) -> list[Verdict]:
    """All verdicts: those that a run before this one left, and what is still to do."""
    chosen = [(each.name, seed) for each in competitors for seed in range(settings.seeds)]
    before = [found for name, seed in chosen if (found := task.kept.find(name, seed)) is not None]
    if before:
        say(f"{len(before)} trainings were done before; to repeat them, remove {task.kept.folder}")
    known = {(verdict.name, verdict.seed) for verdict in before}
    work = turns(competitors, seeds=settings.seeds, done=lambda *which: which in known)
    return before + list(verdicts(task, work, jobs=settings.jobs))


def _measured(name: str, given: Sequence[Verdict]) -> Measured:
    """What all seeds of one model achieved."""
    mine = sorted((verdict for verdict in given if verdict.name == name), key=lambda verdict: verdict.seed)
    return Measured(
        name,
        [verdict.ranks for verdict in mine],
        [verdict.full for verdict in mine if verdict.full is not None],
        sum(verdict.seconds_training for verdict in mine),
        sum(verdict.seconds_ranking for verdict in mine),
        max(verdict.memory_mb for verdict in mine),
    )


def _contest(dataset: Dataset, cases: Sequence[Example], stored: Path) -> Contest:
    """The negatives in `stored`; drawn and stored there if there are none yet."""
    items = dataset.items
    if stored.exists():
        return load(stored, cases, domains=items.domains, is_product=items.is_product)
    found = contest(cases, domains=items.domains, is_product=items.is_product, seed=NEGATIVES_SEED)
    save(stored, found)
    return found


def _description(
    dataset: Dataset, material: Material, found: Contest, settings: BenchSettings, shop: Shop
) -> dict[str, Any]:
    tree = settings.models.training.ranker.inputs.tree
    proposed = recall(
        Candidates(material.now.snapshot, CandidateSettings(limit=PROPOSED, tree=tree)), found.cases
    )
    return {
        "name": dataset.name,
        "split": settings.split,
        "objects": len(dataset.items.ids),
        "training_events": len(material.now.sequences.users),
        "labels": len(material.labels),
        "nodes": len(shop.nodes.labels),
        "versions": shop.versions,
        "answered": shop.answered,
        f"recall_at_{PROPOSED}": {
            "union": proposed.union,
            "alone": dict(proposed.alone),
            "without": dict(proposed.without),
        },
    }
