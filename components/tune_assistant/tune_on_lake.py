"""Fine-tunes a model on the catalogue that is served and the orders of a lake."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Final

from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.rft.bought_products import bought_products
from airloom.assistant.rft.tuning import TuningReport, sampled_sets, tune
from airloom.errors import AirloomError
from airloom.files import write_text
from airloom.intents.sentence_encoder import SentenceEncoder
from airloom.logs.lake import Lake
from components.build_snapshot.pointer import serving_snapshot
from components.build_snapshot.publish import FOLDER
from components.tune_assistant.settings import AssistantTuningSettings

REPORT: Final = "report.json"


def tune_on_lake(lake: Lake, *, day: date, settings: AssistantTuningSettings, folder: Path) -> TuningReport:
    """Fine-tune a model and write `report.json`, the updates and, if it passes the gate, the model.

    Args:
        lake: With a snapshot and orders.
        day: The last day of which orders are read.
        settings: What is fine-tuned, and how.
        folder: For all of it; a training that was stopped goes on from there.

    Raises:
        AirloomError: There is no model, no snapshot or no order, or the folder holds another training.
    """
    graph = CatalogueGraph(serving_snapshot(lake.path(FOLDER)))
    bought = bought_products(lake, graph.snapshot.objects.ids, through=day)
    own = settings.fine_tuning
    try:
        sets = sampled_sets(
            graph, bought, training=settings.requests, held_out=settings.held_out, seed=own.seed
        )
    except ValueError as error:
        raise AirloomError(
            f"{error} in {lake.location()}", do="Land logs with orders of them first"
        ) from error
    report = tune(Path(settings.base_model), sets, graph, SentenceEncoder(), own, folder=folder)
    write_text(folder / REPORT, json.dumps(report.to_json(), indent=2) + "\n")
    return report
