"""A few dozen shoppers, eight days and what the training steps make of them; the encoder is a stand-in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pytest

from airloom.intents.linking.settings import LinkingSettings
from airloom.logs.contract import COMMERCE, CONTENT, EVENTS, OBJECTS
from airloom.logs.lake import Lake
from airloom.ranking.training.fit_stack import HeldOutLosses
from components.build_features.build import build as build_features
from components.build_training_set.dataset import build
from components.build_training_set.settings import TrainingSetSettings
from components.evaluate_ranker.component import evaluate_ranker
from components.train_ranker import training_run
from components.train_ranker.choice import WITHOUT_INTENTS, choose
from components.train_ranker.component import train_ranker
from feature_repo.store import apply, open_store
from tests.feature_repo.small_lake import START, HashEncoder, midnight

DAYS, USERS, SHELVES, PRODUCTS, VIDEOS = 8, 40, 6, 10, 12
LAST = START + timedelta(days=DAYS - 1)
SETTINGS = TrainingSetSettings(label_days=3, evaluation_days=2)


class ArtifactDouble(SimpleNamespace):
    """A double of a KFP artifact: a path, metadata, logged metrics."""

    def __init__(self, path: Path) -> None:
        super().__init__(path=str(path), metadata={}, logged={})

    def log_metric(self, name: str, value: float) -> None:
        self.logged[name] = value


TRAINING = {"negatives": 10.0, "fit": {"epochs": 2.0}, "encoder": {"fit": {"epochs": 2.0}}}


class TrainingChain(NamedTuple):
    """What training and evaluation left behind."""

    lake: str
    dataset: ArtifactDouble
    model: ArtifactDouble
    evaluation: ArtifactDouble
    report: ArtifactDouble
    generators: ArtifactDouble
    mlflow_uri: str
    run_id: str
    numbers: dict[str, float]


def deliver(root: Path) -> Lake:
    """Every shopper likes one shelf and buys there; videos mean nothing."""
    lake, rng = Lake(root), np.random.default_rng(5)
    objects = [
        {
            "object_id": f"p{n:03d}",
            "domain": COMMERCE,
            "title": f"product {n}",
            "category_path": ["shop", f"aisle {n // PRODUCTS // 2}", f"shelf {n // PRODUCTS}"],
            "price": float(5 + n),
            "published_at": moment(0, 0),
        }
        for n in range(SHELVES * PRODUCTS)
    ] + [
        {"object_id": f"v{n:02d}", "domain": CONTENT, "title": f"video {n}", "published_at": moment(0, 0)}
        for n in range(VIDEOS)
    ]
    lake.write(OBJECTS, START, pa.Table.from_pylist(objects, schema=OBJECTS.stored_schema))
    for day in range(DAYS):
        rows = []
        for user in range(USERS):
            for _ in range(3):
                shelf = user % SHELVES if rng.random() < 0.8 else rng.integers(SHELVES)
                action = str(rng.choice(["click", "cart", "order"]))
                product = f"p{shelf * PRODUCTS + rng.integers(PRODUCTS):03d}"
                rows.append(event(day, rng.random(), f"u{user:02d}", action, COMMERCE, product))
            video = f"v{rng.integers(VIDEOS):02d}"
            rows.append(event(day, rng.random(), f"u{user:02d}", "view", CONTENT, video))
        table = pa.Table.from_pylist(rows, schema=EVENTS.stored_schema)
        lake.write(EVENTS, START + timedelta(days=day), table)
    return lake


def moment(day: int, share: float) -> datetime:
    return datetime.fromtimestamp(midnight(day) + int(86_399 * share), UTC)


def event(day: int, share: float, user: str, action: str, domain: str, item: str) -> dict[str, Any]:
    return {
        "user_id": user,
        "ts": moment(day, share),
        "action": action,
        "domain": domain,
        "object_id": item,
    }


def build_dataset(root: Path, folder: Path, *, day: date = LAST) -> dict[str, int]:
    """Features of all days and the training set, over the lake at `root`."""
    build_features(str(root), day=LAST, encoder=HashEncoder(), settings=LinkingSettings())
    store = open_store(lake=str(root))
    apply(store, lake=str(root))
    return build(store, lake=str(root), day=day, settings=SETTINGS, folder=folder, encoder=HashEncoder())


def _with_intents(model: Path, held_out: Mapping[str, HeldOutLosses]) -> str:
    """Choose the ranker with intents, whatever differs in the last digits between kinds of processors."""
    control = held_out[WITHOUT_INTENTS]
    return choose(model, {**held_out, WITHOUT_INTENTS: control._replace(losses=control.losses + 1)})


def run_training(
    lake: str, dataset: ArtifactDouble, generators: ArtifactDouble, *, mlflow_uri: str, model: ArtifactDouble
) -> str:
    """Run the real step, and return the id of its run."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(training_run, "choose", _with_intents)
        trained = train_ranker.python_func(
            lake=lake,
            dataset=dataset,
            generators=generators,
            settings=TRAINING,
            mlflow_uri=mlflow_uri,
            model=model,
            metrics=ArtifactDouble(Path(model.path).with_name("metrics")),
        )
    return str(trained.run_id)


def run_chain(root: Path) -> TrainingChain:
    """The real steps over a small lake, as a pipeline runs them."""
    lake = deliver(root / "lake")
    dataset, model = ArtifactDouble(root / "dataset"), ArtifactDouble(root / "model")
    evaluation, report, metrics = (
        ArtifactDouble(root / "evaluation"),
        ArtifactDouble(root / "report"),
        ArtifactDouble(root / "m"),
    )
    uri = f"sqlite:///{root}/mlflow/mlflow.db"
    build_dataset(root / "lake", root / "dataset")
    generators = ArtifactDouble(root / "generators")
    Path(generators.path).write_text("not enabled\n", encoding="utf-8")
    run_id = run_training(lake.root, dataset, generators, mlflow_uri=uri, model=model)
    evaluate_ranker.python_func(
        lake=lake.root,
        dataset=dataset,
        model=model,
        generators=generators,
        settings={"resamples": 100.0},
        mlflow_uri=uri,
        run_id=run_id,
        evaluation=evaluation,
        report=report,
        metrics=metrics,
    )
    return TrainingChain(
        lake.root, dataset, model, evaluation, report, generators, uri, run_id, metrics.logged
    )
