"""Starts the two pipelines on this machine over one home."""

from __future__ import annotations

import json
from datetime import date

from airloom.files import write_text
from airloom.settings import as_dict
from pipelines.home import Home
from pipelines.local import PipelineRun, run_locally
from pipelines.recipes import Recipe


def run_daily(home: Home, *, day: date, recipe: Recipe) -> PipelineRun:
    """Run `airloom-daily` for `day`; what is reported is also what the service will serve.

    Raises:
        AirloomError: A step failed.
    """
    from pipelines.daily import NAME, daily_pipeline

    arguments = recipe.daily_arguments(home) | {"day": day.isoformat()}
    home.prepare()
    write_text(home.experiment, json.dumps(as_dict(recipe.readout.experiment), indent=2))
    folder = home.run(NAME, day.isoformat())
    return run_locally(daily_pipeline(), arguments, folder=folder, title=f"{NAME} for {day}")


def run_training(home: Home, *, day: date, recipe: Recipe) -> PipelineRun:
    """Run `airloom-training` as of the end of `day`.

    Raises:
        AirloomError: A step failed.
    """
    from pipelines.training import NAME, training_pipeline

    arguments = recipe.training_arguments(home) | {"day": day.isoformat()}
    home.prepare()
    folder = home.run(NAME, day.isoformat())
    return run_locally(training_pipeline(), arguments, folder=folder, title=f"{NAME} as of {day}")
