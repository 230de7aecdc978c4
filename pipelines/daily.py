"""`airloom-daily`: validate, distill, features, cards, snapshot, behaviors, drift; an alarm trains."""

# Kubeflow reads the annotations of a pipeline at run time, hence no postponed evaluation here.

from typing import Any

from kfp import dsl

from components.build_features.component import build_features
from components.build_snapshot.component import build_snapshot
from components.forget_users.component import forget_users
from components.infer_behaviors.component import infer_behaviors
from components.monitor_drift.component import monitor_drift
from components.register_features.component import register_features
from components.report_experiment.component import report_experiment
from components.resolve_day.component import resolve_day
from components.summarize_run.component import summarize_run
from components.validate_logs.component import validate_logs
from pipelines.intents import intents_pipeline
from pipelines.knowledge import knowledge_pipeline
from pipelines.pods.cluster import Cluster, pod_settings
from pipelines.training import TRAINING_STEPS, training_steps

NAME = "airloom-daily"
EXPECTED_STEPS = {
    "always": [
        "resolve_day",
        "forget_users",
        "validate_logs",
        "plan_intents",
        "distill_intents",
        "collect_intents",
        "build_features",
        "plan_knowledge",
        "distill_knowledge",
        "collect_knowledge",
        "register_features",
        "build_snapshot",
        "infer_behaviors",
        "report_experiment",
        "monitor_drift",
    ],
    "monitor_drift": [*TRAINING_STEPS],
    "gate_ranker": ["register_model"],
}


def daily_pipeline(cluster: Cluster | None = None) -> Any:
    """Return the pipeline, its steps made for `cluster`; without one, for this machine."""
    pod = pod_settings(cluster)
    intents, knowledge = intents_pipeline(pod), knowledge_pipeline(pod)

    @dsl.pipeline(
        name=NAME,
        description="Turns one more day of logs into validated tables, intents, features and a snapshot.",
    )
    def airloom_daily(
        lake: str,
        feature_store: str,
        mlflow_uri: str,
        model_name: str,
        drift_workspace: str,
        rules: dict,
        distillation: dict,
        shards: int,
        linking: dict,
        agents: dict,
        cards: dict,
        snapshot: dict,
        drift: dict,
        experiment: dict,
        training_set: dict,
        beyond_log: dict,
        training: dict,
        evaluation: dict,
        gate: dict,
        day: str = "",
    ) -> None:
        """Run one day's steps; without `day`, of the last complete day (UTC)."""
        summary = pod(summarize_run(lake=lake, pipeline=NAME, expected_steps=EXPECTED_STEPS))
        with dsl.ExitHandler(summary, name="daily"):
            today = pod(resolve_day(lake=lake, day=day)).output
            forgotten = pod(forget_users(lake=lake, feature_store=feature_store))
            validated = pod(validate_logs(lake=lake, day=today, rules=rules)).after(forgotten)

            asked = intents(lake=lake, day=today, settings=distillation, shards=shards)
            asked.set_caching_options(False).after(validated)

            features = pod(build_features(lake=lake, day=today, linking=linking)).after(asked)
            known = knowledge(
                lake=lake, day=today, agents=agents, cards=cards, linking=linking, shards=shards
            )
            known.set_caching_options(False).after(features)
            registered = pod(register_features(lake=lake, day=today, feature_store=feature_store))
            registered.after(features)
            built = pod(
                build_snapshot(lake=lake, day=today, feature_store=feature_store, settings=snapshot)
            ).after(registered, known)

            inferred = pod(
                infer_behaviors(
                    lake=lake,
                    day=today,
                    feature_store=feature_store,
                    snapshot=built.outputs["digest"],
                    settings=beyond_log,
                    mlflow_uri=mlflow_uri,
                )
            )

            pod(report_experiment(lake=lake, day=today, experiment=experiment)).after(validated)
            alarm = pod(monitor_drift(lake=lake, day=today, workspace=drift_workspace, settings=drift)).after(
                inferred
            )
            with dsl.If(alarm.outputs["Output"] == True, name="drift-alarm"):  # noqa: E712 - a pipeline condition
                training_steps(
                    pod,
                    lake=lake,
                    day=today,
                    feature_store=feature_store,
                    mlflow_uri=mlflow_uri,
                    model_name=model_name,
                    training_set=training_set,
                    beyond_log=beyond_log,
                    training=training,
                    evaluation=evaluation,
                    gate=gate,
                )

    return airloom_daily
