"""What the step does: fine-tune in a folder of the lake, record in MLflow, register what passes the gate."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from airloom.assistant.rft.digest import digest_of
from airloom.assistant.rft.model_files import model_digest
from airloom.assistant.rft.tuning import MODEL, REPORT, UPDATES, tune
from airloom.errors import AirloomError
from airloom.intents.sentence_encoder import SentenceEncoder
from airloom.logs.lake import Lake
from airloom.settings import as_dict
from airloom.sources import sources_digest
from components.build_snapshot.pointer import read_pointer
from components.build_snapshot.publish import FOLDER
from components.tune_assistant.lake_requests import lake_requests
from components.tune_assistant.record import numbers_of, record, register
from components.tune_assistant.settings import AssistantTuningSettings

TRAININGS: Final = ("training", "assistant")
"""Folder of the lake for trainings that are not finished."""


class AssistantTuning(NamedTuple):
    """What a pipeline run shows.

    Attributes:
        version: Of the registered model; empty if the gate did not let it pass.
        verdict: What the gate said.
        numbers: Of the model on held-out requests.
    """

    version: str
    verdict: str
    numbers: Mapping[str, float]


def tune_and_record(
    lake: Lake, *, day: date, settings: AssistantTuningSettings, mlflow_uri: str, folder: Path
) -> AssistantTuning:
    """Fine-tune, record the training, register the model if it passed the gate, and copy all to `folder`.

    A step that was killed goes on after its last whole epoch, and what is recorded already is recorded once.

    Raises:
        AirloomError: There is no model, no snapshot or no order.
    """
    base, served = Path(settings.base_model), read_pointer(lake.path(FOLDER))
    if not settings.base_model or not base.exists():
        raise AirloomError(
            f"There is no model {settings.base_model!r} to fine-tune",
            do="Set assistant_tuning.base_model to a folder or .gguf file that the step can read",
        )
    versions = {"base_model": model_digest(base), "snapshot": "" if served is None else served.digest}
    made_of = digest_of(sources_digest(), as_dict(settings), versions, day.isoformat())
    unfinished = lake.path(*TRAININGS, made_of)
    training = unfinished / "files"  # the lock of the training lies beside it
    own = settings.fine_tuning
    sets = lake_requests(lake, day=day, requests=settings.requests, held_out=settings.held_out, seed=own.seed)
    report = tune(base, sets, SentenceEncoder(), own, folder=training)
    run_id = record(
        report, training, settings=settings, versions=versions, day=day.isoformat(), mlflow_uri=mlflow_uri
    )
    version = ""
    if report.gate.shown:
        version = register(report, run_id=run_id, mlflow_uri=mlflow_uri, model_name=settings.model_name)
    for name in (MODEL, UPDATES):
        if (training / name).exists():
            shutil.copytree(training / name, folder / name, dirs_exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(training / REPORT, folder / REPORT)
    shutil.rmtree(unfinished)  # not before all is recorded, or a repeated attempt would train again
    return AssistantTuning(version, report.gate.sentence(), numbers_of(report))
