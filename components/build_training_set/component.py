"""Kubeflow component: labels with point-in-time histories."""

from typing import NamedTuple

from kfp.dsl import Dataset, Output

from components.step import step


@step
def build_training_set(
    lake: str, day: str, feature_store: str, settings: dict, dataset: Output[Dataset]
) -> NamedTuple("Outputs", [("train", int), ("evaluation", int)]):
    """Join clicks, carts and orders with what Feast knew of the user just before each of them.

    Two windows: days that a ranker learns from, then later days whose orders it is judged on. Each is read
    with a snapshot as of its start, so that nothing of a window is known before it begins.

    Args:
        lake: Root of the lake.
        day: The UTC day that the run is about, an ISO date.
        feature_store: Path of a feature_store.yaml, or empty for the local one.
        settings: Fields of `components.build_training_set.dataset.TrainingSetSettings`.
        dataset: A folder: train.parquet, evaluation.parquet, dataset.json (windows and snapshot digests).

    Returns:
        train: Labels to learn from.
        evaluation: Orders to be judged on.
    """
    from pathlib import Path

    from airloom.logs.run_day import parse_day
    from airloom.settings import parse
    from components.build_training_set.dataset import build, describe
    from components.build_training_set.settings import TrainingSetSettings
    from feature_repo.store import open_store

    store = open_store(lake=lake, config=feature_store or None)
    chosen = parse(TrainingSetSettings, settings)
    folder = Path(dataset.path)
    counts = build(store, lake=lake, day=parse_day(day), settings=chosen, folder=folder)
    dataset.metadata.update(describe(folder))
    return NamedTuple("Outputs", [("train", int), ("evaluation", int)])(**counts)
