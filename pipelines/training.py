"""`airloom-training`: training set, train, evaluate, gate, register."""

# Kubeflow reads the annotations of a pipeline at run time, hence no postponed evaluation here.

from collections.abc import Callable
from typing import Any

from kfp import dsl

from components.build_training_set.component import build_training_set
from components.evaluate_ranker.component import evaluate_ranker
from components.gate_ranker.component import gate_ranker
from components.register_model.component import register_model
from components.resolve_day.component import resolve_day
from components.summarize_run.component import summarize_run
from components.train_generator.component import train_generator
from components.train_ranker.component import train_ranker
from pipelines.pods.cluster import Cluster, pod_settings

NAME = "airloom-training"
TRAINING_STEPS = ("build_training_set", "train_generator", "train_ranker", "evaluate_ranker", "gate_ranker")
EXPECTED_STEPS = {"always": ["resolve_day", *TRAINING_STEPS], "gate_ranker": ["register_model"]}


def training_pipeline(cluster: Cluster | None = None) -> Any:
    """Return the pipeline, its steps made for `cluster`; without one, for this machine."""
    pod = pod_settings(cluster)

    @dsl.pipeline(
        name=NAME,
        description="Trains the ranker on point-in-time features and registers it if it beats the champion.",
    )
    def airloom_training(
        lake: str,
        feature_store: str,
        mlflow_uri: str,
        model_name: str,
        training_set: dict,
        beyond_log: dict,
        training: dict,
        evaluation: dict,
        gate: dict,
        day: str = "",
    ) -> None:
        """Run one training as of the end of `day`, or of the last complete day (UTC)."""
        summary = pod(summarize_run(lake=lake, pipeline=NAME, expected_steps=EXPECTED_STEPS))
        with dsl.ExitHandler(summary, name="training"):
            resolved = pod(resolve_day(lake=lake, day=day))
            training_steps(
                pod,
                lake=lake,
                day=resolved.output,
                feature_store=feature_store,
                mlflow_uri=mlflow_uri,
                model_name=model_name,
                training_set=training_set,
                beyond_log=beyond_log,
                training=training,
                evaluation=evaluation,
                gate=gate,
            )

    return airloom_training


def training_steps(
    pod: Callable[[Any], Any],
    *,
    lake: str,
    day: str,
    feature_store: str,
    mlflow_uri: str,
    model_name: str,
    training_set: dict,
    beyond_log: dict,
    training: dict,
    evaluation: dict,
    gate: dict,
) -> None:
    """Add the steps of a training to the pipeline that is being defined; a drift alarm's are the same."""
    dataset = pod(
        build_training_set(lake=lake, day=day, feature_store=feature_store, settings=training_set)
    ).outputs["dataset"]
    generators = pod(
        train_generator(lake=lake, dataset=dataset, settings=beyond_log, mlflow_uri=mlflow_uri)
    ).outputs["generators"]
    trained = pod(
        train_ranker(
            lake=lake, dataset=dataset, generators=generators, settings=training, mlflow_uri=mlflow_uri
        )
    )
    evaluated = pod(
        evaluate_ranker(
            lake=lake,
            dataset=dataset,
            model=trained.outputs["model"],
            generators=generators,
            settings=evaluation,
            mlflow_uri=mlflow_uri,
            run_id=trained.outputs["run_id"],
        )
    )
    passed = pod(
        gate_ranker(
            lake=lake,
            evaluation=evaluated.outputs["evaluation"],
            settings=gate,
            mlflow_uri=mlflow_uri,
            model_name=model_name,
        )
    )
    with dsl.If(passed.outputs["Output"] == True, name="gate-passed"):  # noqa: E712 - a pipeline condition
        pod(
            register_model(
                lake=lake,
                model=trained.outputs["model"],
                evaluation=evaluated.outputs["evaluation"],
                mlflow_uri=mlflow_uri,
                run_id=trained.outputs["run_id"],
                model_name=model_name,
            )
        )
