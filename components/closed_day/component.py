"""Kubeflow component: the last closed UTC day of a scheduled run."""

from kfp import dsl

from components.image import IMAGE


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def closed_day(day: str, scheduled_at: str) -> str:
    """Names the day that a run is about: the given one, or the last day closed when the run was scheduled.

    Args:
        day: An ISO date, or empty for a scheduled run.
        scheduled_at: RFC 3339 time at which the scheduler meant the run to start.

    Returns:
        An ISO date.
    """
    from datetime import date, datetime, timedelta

    if day:
        return date.fromisoformat(day).isoformat()
    return (datetime.fromisoformat(scheduled_at).date() - timedelta(days=1)).isoformat()
