"""The one thing to do next with a home: its first gap on the way to a served, measured page."""

from __future__ import annotations

from shlex import quote

from airloom.logs.contract import EXPOSURES
from airloom.logs.lake import Lake
from pipelines.home import Home
from pipelines.report.past_runs import latest, past_runs

TRAINED, REGISTERED, DAILY = "evaluate-ranker", "register-model", "validate-logs"


def next_step(home: Home) -> str:
    """Return a sentence with the command that closes the first gap."""
    runs, option = past_runs(home), f" --home {quote(str(home.root))}"
    if latest(runs, DAILY) is None:
        return f"prepare the logs: airloom run daily{option}"
    if not any(REGISTERED in run.steps for run in runs):
        if latest(runs, TRAINED) is None:
            return f"train a ranker: airloom run training{option}"
        return f"no ranker has passed the gate; train with more days: airloom run training{option}"
    lake = Lake(home.lake)
    if not lake.days(EXPOSURES):
        if served := lake.days(lake.landing(EXPOSURES)):
            return (
                f"deliver the events of {served[0]}, when pages were served, and: airloom run daily{option}"
            )
        return f"serve pages: airloom serve{option}"
    return f"run the next day: airloom run daily{option}"
