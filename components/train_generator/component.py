"""Kubeflow component: trains, measures and registers the generator of behaviors beyond the log."""

from kfp.dsl import Dataset, Input, Markdown, Metrics, Model, Output

from components.step import step


@step
def train_generator(
    lake: str,
    dataset: Input[Dataset],
    settings: dict,
    mlflow_uri: str,
    generators: Output[Model],
    metrics: Output[Metrics],
    verdict: Output[Markdown],
) -> bool:
    """Train a generator for the labels and one for service; where it is not enabled, end at once.

    The one for service is registered, and becomes the champion if its recall of later orders of new products
    is shown to be above random products of the same popularity and above another user's behaviors.

    Args:
        lake: Root of the lake, for the events and the snapshots of the training set.
        dataset: Made by build_training_set.
        settings: Fields of `components.train_generator.settings.BeyondLogSettings`.
        mlflow_uri: Registry server or database.
        generators: A folder: before/ (has seen no label) and now/ (serves), safetensors and Arrow, and
            measurement.json; with the line `not enabled` in its place where nothing is trained.
        metrics: Recall of the generator and of its controls, and its leads with their intervals.
        verdict: Why it is the champion now, or why not.

    Returns:
        Whether it is the champion now.
    """
    from pathlib import Path

    from airloom.files import write_text
    from airloom.settings import parse
    from components.train_generator.run import train_or_skip
    from components.train_generator.settings import BeyondLogSettings

    chosen, folder = parse(BeyondLogSettings, settings), Path(generators.path)
    done = train_or_skip(Path(dataset.path), lake=lake, settings=chosen, mlflow_uri=mlflow_uri, folder=folder)
    print(done.reason)
    write_text(Path(verdict.path), done.reason)
    for name, value in done.numbers.items():
        metrics.log_metric(name, value)
    return done.promoted
