"""Kubeflow component: decides whether a trained ranker may be registered."""

from kfp.dsl import Artifact, Input, Markdown, Output

from components.step import step


# One unnamed output: the local runner resolves no named one in a condition.
@step
def gate_ranker(
    lake: str,
    evaluation: Input[Artifact],
    settings: dict,
    mlflow_uri: str,
    model_name: str,
    verdict: Output[Markdown],
) -> bool:
    """Pass a ranker that beats the baselines and is not worse than the champion was when it was registered.

    Args:
        lake: Root of the lake, where this step's record goes.
        evaluation: Made by evaluate_ranker.
        settings: Fields of `components.gate_ranker.gate.GateSettings`.
        mlflow_uri: Registry server or database.
        model_name: Name of the registered model.
        verdict: Why it passes, or why not.

    Returns:
        Whether to register it.
    """
    import json
    from pathlib import Path

    from airloom.files import write_text
    from airloom.settings import parse
    from components.gate_ranker.gate import judge
    from components.gate_ranker.settings import GateSettings
    from components.train_ranker.tracking import open_client

    result = json.loads(Path(evaluation.path).read_text(encoding="utf-8"))
    chosen = parse(GateSettings, settings)
    judged = judge(result, chosen, client=open_client(mlflow_uri), model_name=model_name)
    write_text(Path(verdict.path), judged.reason)
    return judged.passed
