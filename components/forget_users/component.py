"""Kubeflow component: what is kept of people who asked to be forgotten is removed."""

from typing import NamedTuple

from kfp.dsl import Metrics, Output

from components.step import step


@step
def forget_users(lake: str, feature_store: str, metrics: Output[Metrics]) -> NamedTuple(
    "Outputs", [("people", int), ("rows", int)]
):
    """Remove the rows of everybody who asked, from logs, features, pages and online store; note the proof.

    Requests are files in the lake's `erasures/`, written by `DELETE /v1/users/{id}` and `airloom forget`.
    Without open ones this ends at once. What is delivered again later is removed by `validate_logs`.

    Args:
        lake: Root of the lake.
        feature_store: Path of a feature_store.yaml, or empty for the local one.
        metrics: The returned figures.

    Returns:
        people: Whose requests were done.
        rows: Rows and pages removed, of all tables.
    """
    from airloom.logs.lake import Lake
    from components.forget_users.forget import forget

    done = forget(Lake(lake), config=feature_store or None)
    people = len({request.user_digest for request in done})
    rows = sum(sum(request.removed.values()) for request in done)
    metrics.log_metric("people", people)
    metrics.log_metric("rows", rows)
    return people, rows
