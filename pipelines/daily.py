"""`airloom-daily`: forget, validate, distil, features, snapshot, drift, experiment; an alarm trains."""

# Kubeflow reads the annotations of a pipeline at run time, hence no postponed evaluation here.

from kfp import dsl

from components.build_features.component import build_features
from components.build_snapshot.component import build_snapshot
from components.collect_intents.component import collect_intents
from components.distill_intents.component import distill_intents
from components.forget_users.component import forget_users
from components.monitor_drift.component import monitor_drift
from components.plan_intents.component import plan_intents
from components.register_features.component import register_features
from components.report_experiment.component import report_experiment
from components.validate_logs.component import validate_logs
from pipelines.training import airloom_training


@dsl.pipeline(
    name="airloom-daily",
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
    vocabulary: dict,
    snapshot: dict,
    drift: dict,
    experiment: dict,
    training_set: dict,
    training: dict,
    evaluation: dict,
    gate: dict,
    day: str = "",
) -> None:
    """One daily run; without `day`, the last day that has ended (UTC)."""
    forgotten = forget_users(lake=lake, feature_store=feature_store)
    forgotten.set_caching_options(False)  # its arguments are the same every day
    validated = validate_logs(lake=lake, day=day, rules=rules).after(forgotten)

    plan = plan_intents(lake=lake, day=day, settings=distillation, shards=shards).after(validated)
    with dsl.ParallelFor(plan.output, name="shards") as shard:
        distilled = distill_intents(lake=lake, day=day, settings=distillation, shard=shard, shards=shards)
    collected = collect_intents(lake=lake, day=day, asked=dsl.Collected(distilled.outputs["asked"]))

    features = build_features(lake=lake, day=day, vocabulary=vocabulary).after(collected)
    registered = register_features(lake=lake, day=day, feature_store=feature_store).after(features)
    built = build_snapshot(lake=lake, day=day, feature_store=feature_store, settings=snapshot).after(
        registered
    )

    report_experiment(lake=lake, day=day, experiment=experiment).after(validated)
    alarm = monitor_drift(lake=lake, day=day, workspace=drift_workspace, settings=drift).after(built)
    with dsl.If(alarm.outputs["Output"] == True, name="drift-alarm"):  # noqa: E712 - a pipeline condition
        airloom_training(
            lake=lake,
            day=day,
            feature_store=feature_store,
            mlflow_uri=mlflow_uri,
            model_name=model_name,
            training_set=training_set,
            training=training,
            evaluation=evaluation,
            gate=gate,
        )
