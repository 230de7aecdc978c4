"""Kubeflow component: the day that a run is about, decided once."""

from components.step import step


@step
def resolve_day(lake: str, day: str) -> str:
    """Decide which day the run is about; all later steps are given its answer.

    A run that begins before midnight and ends after it so stays in one day.

    Args:
        lake: Root of the lake, where this step's record goes.
        day: An ISO date, of a UTC day that has ended; empty means the last such day.

    Returns:
        The UTC day that the run is about, an ISO date.
    """
    from airloom.logs.run_day import complete_day, last_complete_day

    resolved = complete_day(day) if day else last_complete_day()
    print(f"This run is about {resolved}")
    return resolved.isoformat()
