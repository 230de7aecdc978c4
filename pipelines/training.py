"""`airloom-training`: training set, train, evaluate, gate, register."""

# Kubeflow reads the annotations of a pipeline at run time, hence no postponed evaluation here.

from kfp import dsl

from components.build_training_set.component import build_training_set
from components.evaluate_ranker.component import evaluate_ranker
from components.gate_ranker.component import gate_ranker
from components.register_model.component import register_model
from components.train_ranker.component import train_ranker


@dsl.pipeline(
    name="airloom-training",
    description="Trains the ranker on point-in-time features and registers it if it beats what serves today.",
)
def airloom_training(
    lake: str,
    feature_store: str,
    mlflow_uri: str,
    model_name: str,
    training_set: dict,
    training: dict,
    evaluation: dict,
    gate: dict,
    day: str = "",
) -> None:
    """One training run as of the end of `day`, or of the last day that has ended (UTC)."""
    dataset = build_training_set(lake=lake, day=day, feature_store=feature_store, settings=training_set)
    trained = train_ranker(
        lake=lake, dataset=dataset.outputs["dataset"], settings=training, mlflow_uri=mlflow_uri
    )
    evaluated = evaluate_ranker(
        lake=lake,
        dataset=dataset.outputs["dataset"],
        model=trained.outputs["model"],
        settings=evaluation,
        mlflow_uri=mlflow_uri,
        run_id=trained.outputs["run_id"],
    )
    passed = gate_ranker(
        evaluation=evaluated.outputs["evaluation"],
        settings=gate,
        mlflow_uri=mlflow_uri,
        model_name=model_name,
    )
    with dsl.If(passed.outputs["Output"] == True, name="gate-passed"):  # noqa: E712 - a pipeline condition
        register_model(
            model=trained.outputs["model"],
            evaluation=evaluated.outputs["evaluation"],
            mlflow_uri=mlflow_uri,
            run_id=trained.outputs["run_id"],
            model_name=model_name,
        )
