"""Kubeflow component: registers the feature views and fills the online store."""

from typing import NamedTuple

from components.step import step


@step
def register_features(lake: str, day: str, feature_store: str) -> NamedTuple(
    "Outputs", views=list, service=str
):
    """Apply the Feast repository and materialize the user histories that changed.

    Args:
        lake: Root of the lake.
        day: The UTC day that the run is about, an ISO date.
        feature_store: Path of a feature_store.yaml, or empty for the local one.

    Returns:
        views: Names of the feature views.
        service: Name of the feature service that is read online.
    """
    from airloom.logs.run_day import parse_day
    from components.register_features.register import register

    views, service = register(lake, day=parse_day(day), config=feature_store or None)
    return NamedTuple("Outputs", [("views", list), ("service", str)])(views, service)
