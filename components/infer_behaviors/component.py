"""Kubeflow component: behaviors beyond the log of the users whose rows are out of date."""

from typing import NamedTuple

from kfp.dsl import Metrics, Output

from components.step import step


@step
def infer_behaviors(
    lake: str,
    day: str,
    feature_store: str,
    snapshot: str,
    settings: dict,
    mlflow_uri: str,
    metrics: Output[Metrics],
) -> NamedTuple("Outputs", [("users", int), ("behaviors", int)]):
    """Infer for users who did something since, or whose row is older than the champion generator.

    All other rows stay. Where it is not enabled, or there is no champion, what was inferred earlier is
    removed, and nothing else happens.

    Args:
        lake: Root of the lake.
        day: The UTC day that the run is about, an ISO date.
        feature_store: Path of a feature_store.yaml, or empty for the local one.
        snapshot: Digest of the snapshot of the end of `day`.
        settings: Fields of `components.train_generator.settings.BeyondLogSettings`.
        mlflow_uri: Registry server or database, which holds the generator.
        metrics: The returned figures; rows that were withdrawn; the share of proposals that each rule
            rejected.

    Returns:
        users: Users whose behaviors were inferred.
        behaviors: Behaviors that were kept for them.
    """
    from airloom.logs.run_day import parse_day
    from airloom.settings import parse
    from components.infer_behaviors.run import infer_or_remove
    from components.train_generator.settings import BeyondLogSettings

    done = infer_or_remove(
        lake,
        day=parse_day(day),
        config=feature_store or None,
        snapshot=snapshot,
        settings=parse(BeyondLogSettings, settings),
        mlflow_uri=mlflow_uri,
    )
    metrics.log_metric("users", done.users)
    metrics.log_metric("behaviors", done.behaviors)
    metrics.log_metric("withdrawn", done.withdrawn)
    for rule, count in done.rejected.items():
        metrics.log_metric(f"rejected: {rule}", count / max(done.proposed, 1))
    return done.users, done.behaviors
