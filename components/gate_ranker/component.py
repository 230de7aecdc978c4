"""Kubeflow component: decides whether a trained ranker may be registered."""

from typing import NamedTuple

from kfp import dsl
from kfp.dsl import Artifact, Input

from components.image import IMAGE


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def gate_ranker(evaluation: Input[Artifact], settings: dict, mlflow_uri: str, model_name: str) -> NamedTuple(
    "Outputs", [("passed", bool), ("reason", str)]
):
    """Passes a ranker that beats the baselines and is not worse than the champion was when it was registered.

    Args:
        evaluation: Made by evaluate_ranker.
        settings: Fields of `components.gate_ranker.gate.GateSettings`.
        mlflow_uri: Registry server or database.
        model_name: Name of the registered model.

    Returns:
        passed: Whether to register it.
        reason: Why, or why not.
    """
    import json
    from pathlib import Path

    from airloom.settings import parse
    from components.gate_ranker.gate import GateSettings, judge
    from components.train_ranker.tracking import open_client

    result = json.loads(Path(evaluation.path).read_text(encoding="utf-8"))
    chosen = parse(GateSettings, settings)
    verdict = judge(result, chosen, client=open_client(mlflow_uri), model_name=model_name)
    print(verdict.reason)
    return NamedTuple("Outputs", [("passed", bool), ("reason", str)])(*verdict)
