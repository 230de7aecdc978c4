"""Kubeflow component: trains the ranker and its control."""

from typing import NamedTuple

from kfp.dsl import Dataset, Input, Metrics, Model, Output

from components.step import step


@step
def train_ranker(
    lake: str,
    dataset: Input[Dataset],
    generators: Input[Model],
    settings: dict,
    mlflow_uri: str,
    model: Output[Model],
    metrics: Output[Metrics],
) -> NamedTuple("Outputs", [("run_id", str)]):
    """Train the AIR ranker, and the same ranker without intents, which shows what intents are worth.

    Args:
        lake: Root of the lake, for the events and the snapshots of the training set.
        dataset: Made by build_training_set.
        generators: Made by train_generator. If behaviors beyond the log are enabled, labels carry what the
            generator that has not seen them infers, and the ranker may read it.
        settings: Fields of `airloom.ranking.training.settings.TrainingSettings`.
        mlflow_uri: Tracking server or database; parameters, loss curves and versions go there.
        model: A folder: with_intents/ and without_intents/ (weights.safetensors, config.json), ranker/ with a
            copy of the one that is better on held-out labels, curves.json, choice.json.
        metrics: Losses on held-out labels, whether what serves has intents, and the number of examples.

    Returns:
        run_id: The MLflow run.
    """
    from pathlib import Path

    from airloom.ranking.training.settings import TrainingSettings
    from airloom.settings import parse
    from components.train_ranker.training_run import train_and_record

    done = train_and_record(
        Path(dataset.path),
        lake=lake,
        generators=Path(generators.path),
        settings=parse(TrainingSettings, settings),
        mlflow_uri=mlflow_uri,
        model=Path(model.path),
    )
    for name, value in done.numbers.items():
        metrics.log_metric(name, value)
    return NamedTuple("Outputs", [("run_id", str)])(done.run_id)
