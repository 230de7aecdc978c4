"""Kubeflow component: registers a ranker in MLflow and makes it the champion."""

from typing import NamedTuple

from kfp.dsl import Artifact, Input, Model

from components.step import step


@step
def register_model(
    lake: str,
    model: Input[Model],
    evaluation: Input[Artifact],
    mlflow_uri: str,
    run_id: str,
    model_name: str,
) -> NamedTuple("Outputs", [("version", str)]):
    """Register the ranker with signature, input example and model card, and set the alias champion.

    The former champion keeps the alias previous, so that going back is moving an alias. A ranker that is
    already registered gets no second version. The folder `artifacts/ranker` of a version is what the service
    loads.

    Args:
        lake: Root of the lake, where this step's record goes.
        model: Made by train_ranker.
        evaluation: Made by evaluate_ranker; its metrics become tags of the version.
        mlflow_uri: Registry server or database.
        run_id: The MLflow run of the training; the model is logged there.
        model_name: Name of the registered model.

    Returns:
        version: The registered version.
    """
    from pathlib import Path

    from components.register_model.registration import read_evaluation, register

    version = register(
        Path(model.path),
        read_evaluation(Path(evaluation.path)),
        mlflow_uri=mlflow_uri,
        run_id=run_id,
        model_name=model_name,
    )
    return NamedTuple("Outputs", [("version", str)])(version)
