"""The section of the index about the model: which one, from which data, and against the last one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airloom.html_report.blocks import callout, details, table, term, terms
from airloom.html_report.report import Section
from components.evaluate_ranker.models import AIR
from pipelines.report.training_facts import TrainingFacts
from pipelines.report.words import CHAMPION, GATE, HR_10, NDCG_10, SNAPSHOT

HEADING = "The model, and the one before"


def model_section(trainings: Sequence[TrainingFacts]) -> Section:
    """Return the latest model beside the one before, its settings and data."""
    if not trainings:
        return Section(HEADING, callout("There is no model yet: see Ranking quality above.", tone="warn"))
    latest = trainings[-1]
    before = trainings[-2] if len(trainings) > 1 else None
    state = (
        f"registered as version {latest.version}, and made champion"
        if latest.version
        else "not registered: it does not serve"
    )
    words = terms([CHAMPION, GATE, SNAPSHOT, HR_10, NDCG_10])
    body = callout(f"{latest.model}: {state}. {latest.verdict}.", tone="good" if latest.version else "warn")
    columns = [training for training in (latest, before) if training is not None]
    body += table(["", *(training.model for training in columns)], _rows(columns), caption=_caption(before))
    settings = sorted(latest.settings.items())
    if settings:
        shown = table(["setting", "value"], [[name, str(value)] for name, value in settings])
        body += details(f"The {len(settings)} settings of {latest.model}, as a recipe names them", shown)
    return Section(HEADING, body + words)


def _caption(before: TrainingFacts | None) -> str:
    if before is None:
        return "There is no earlier model to compare with"
    return "Each was measured on its own later days, which differ in difficulty; the gate allows for that"


def _rows(trainings: Sequence[TrainingFacts]) -> list[list[object]]:
    def of(training: TrainingFacts, window: str, name: str) -> str:
        value: object = training.evaluation["dataset"][window][name]
        return str(value)

    def days(training: TrainingFacts, window: str) -> str:
        return f"{of(training, window, 'from')} to before {of(training, window, 'before')}"

    def metric(training: TrainingFacts, name: str) -> str:
        sampled = "" if "lists" in training.evaluation else " among sampled products"
        return f"{training.evaluation['models'][AIR][name]:.3f}{sampled}"

    return [
        ["run over the logs up to", *(training.day for training in trainings)],
        ["orders to learn from", *(f"{int(of(t, 'train', 'rows')):,}" for t in trainings)],
        ["days of these", *(days(t, "train") for t in trainings)],
        ["orders to test with", *(f"{int(of(t, 'evaluation', 'rows')):,}" for t in trainings)],
        ["days of these", *(days(t, "evaluation") for t in trainings)],
        [term(SNAPSHOT), *(of(t, "train", "snapshot") for t in trainings)],
        ["intents read by", *(_version(t, "intents") or "no content to read" for t in trainings)],
        ["texts encoded by", *(_version(t, "encoder") or "–" for t in trainings)],
        [term(HR_10), *(metric(t, "hr10") for t in trainings)],
        [term(NDCG_10), *(metric(t, "ndcg10") for t in trainings)],
        ["registered version", *(t.version or "none" for t in trainings)],
        ["MLflow run", *(t.mlflow_run for t in trainings)],
    ]


def _version(training: TrainingFacts, name: str) -> str:
    versions: dict[str, Any] = training.evaluation["dataset"]["train"].get("versions", {})
    return str(versions.get(name, ""))
