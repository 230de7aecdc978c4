"""`airloom-tune-assistant`: fine-tune the model that reads requests, gate, register."""

# Kubeflow reads the annotations of a pipeline at run time, hence no postponed evaluation here.

from typing import Any

from kfp import dsl

from components.resolve_day.component import resolve_day
from components.summarize_run.component import summarize_run
from components.tune_assistant.component import tune_assistant
from pipelines.pods.cluster import Cluster, pod_settings

NAME = "airloom-tune-assistant"
EXPECTED_STEPS = {"always": ["resolve_day", "tune_assistant"]}


def assistant_tuning_pipeline(cluster: Cluster | None = None) -> Any:
    """Return the pipeline, its steps made for `cluster`; without one, for this machine."""
    pod = pod_settings(cluster)

    @dsl.pipeline(
        name=NAME,
        description="Fine-tunes the model that reads requests and registers it if it beats what costs less.",
    )
    def airloom_tune_assistant(lake: str, mlflow_uri: str, assistant_tuning: dict, day: str = "") -> None:
        """Fine-tune on the orders up to `day`, or up to the last complete day (UTC)."""
        summary = pod(summarize_run(lake=lake, pipeline=NAME, expected_steps=EXPECTED_STEPS))
        with dsl.ExitHandler(summary, name="assistant"):
            resolved = pod(resolve_day(lake=lake, day=day))
            pod(
                tune_assistant(
                    lake=lake, day=resolved.output, settings=assistant_tuning, mlflow_uri=mlflow_uri
                )
            )

    return airloom_tune_assistant
