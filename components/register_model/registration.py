"""Registers a trained ranker once and makes it the champion."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import mlflow

from airloom.ranking.air import read_ranker
from components.evaluate_ranker.models import AIR
from components.register_model.card import model_card
from components.register_model.registry import CONTENT, RECORDED_METRICS, promote_to_champion, version_with
from components.register_model.signature import input_example, signature
from components.train_ranker.choice import RANKER
from components.train_ranker.tracking import open_client

CODE: Final = Path(__file__).with_name("pyfunc_model.py")
REQUIREMENTS: Final = ("airloom", "numpy", "safetensors", "torch")
"""Named without versions: a version is what the service's own environment pins."""


def register(
    model: Path, evaluation: dict[str, Any], *, mlflow_uri: str, run_id: str, model_name: str
) -> str:
    """Register `model/ranker` as a version of `model_name`, set the alias champion and return the version.

    A ranker that is already registered gets no second version; only the alias moves.

    Raises:
        AirloomError: `model/ranker` holds no ranker.
    """
    client = open_client(mlflow_uri)
    registered = version_with(client, model_name, evaluation["model_version"])
    if registered is not None:
        promote_to_champion(client, model_name, str(registered.version))
        return str(registered.version)

    stored = read_ranker(model / RANKER)
    takes = signature(stored.settings, text_dimensions=stored.stage.network.node_text.in_features)
    card = model_card(evaluation)
    mlflow.set_tracking_uri(mlflow_uri)
    mlflow.set_registry_uri(mlflow_uri)
    with mlflow.start_run(run_id=run_id):
        mlflow.log_text(card, "model_card.md")
        logged = mlflow.pyfunc.log_model(
            name="ranker",
            python_model=str(CODE),
            artifacts={"ranker": str(model / RANKER)},
            signature=takes,
            input_example=input_example(takes),
            pip_requirements=list(REQUIREMENTS),
            metadata={CONTENT: evaluation["model_version"]},
        )
    metrics = evaluation["models"][AIR]
    tags = {
        CONTENT: evaluation["model_version"],
        "day": evaluation["dataset"]["day"],
        "evaluation_snapshot": evaluation["dataset"]["evaluation"]["snapshot"],
        **{tag: str(metrics[metric]) for metric, tag in RECORDED_METRICS.items()},
    }
    version = mlflow.register_model(logged.model_uri, model_name, tags=tags)
    client.update_model_version(model_name, version.version, description=card)
    promote_to_champion(client, model_name, str(version.version))
    return str(version.version)


def read_evaluation(path: Path) -> dict[str, Any]:
    """Return the JSON that evaluate_ranker wrote."""
    result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return result
