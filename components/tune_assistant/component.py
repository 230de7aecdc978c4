"""Kubeflow component: fine-tunes the model that reads requests and registers it if the gate lets it pass."""

from typing import NamedTuple

from kfp.dsl import Markdown, Metrics, Model, Output

from components.step import step


@step
def tune_assistant(
    lake: str,
    day: str,
    settings: dict,
    mlflow_uri: str,
    model: Output[Model],
    metrics: Output[Metrics],
    verdict: Output[Markdown],
) -> NamedTuple("Outputs", [("version", str)]):
    """Fine-tune a language model that reads requests, as `airloom tune-ask` does, and judge it.

    It is registered, and becomes the champion, only if it is shown to beat the model before, rules, BM25 and
    embeddings on held-out requests. A GPU is used if the step is given one; without, it runs on the CPU.

    Args:
        lake: Root of the lake, with the snapshot that serves and the orders.
        day: The last UTC day of which orders are read, an ISO date.
        settings: Fields of `components.tune_assistant.settings.AssistantTuningSettings`.
        mlflow_uri: Tracking and registry server or database.
        model: A folder: updates/ (low-rank, PEFT's form) and model/ (whole, only if it passed), both in
            safetensors, and report.json.
        metrics: NDCG@10 and hit@1 of the model and of what it must beat, and its leads.
        verdict: Whether it may be served, or what it does not beat.

    Returns:
        version: The registered version; empty if the gate did not let it pass.
    """
    from datetime import date
    from pathlib import Path

    from airloom.files import write_text
    from airloom.logs.lake import Lake
    from airloom.settings import parse
    from components.tune_assistant.run import tune_and_record
    from components.tune_assistant.settings import AssistantTuningSettings

    chosen, folder = parse(AssistantTuningSettings, settings), Path(model.path)
    of = date.fromisoformat(day)
    done = tune_and_record(Lake(lake), day=of, settings=chosen, mlflow_uri=mlflow_uri, folder=folder)
    print(done.verdict)
    write_text(Path(verdict.path), done.verdict)
    for name, value in done.numbers.items():
        metrics.log_metric(name, value)
    return NamedTuple("Outputs", [("version", str)])(done.version)
