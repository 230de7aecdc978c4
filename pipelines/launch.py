"""Starts the two pipelines on this machine over one home."""

from __future__ import annotations

from datetime import date

from pipelines.experiment_file import keep_experiment
from pipelines.home import Home
from pipelines.local import PipelineRun, run_locally
from pipelines.moved_home import repoint_models
from pipelines.recipes import Recipe


def run_daily(home: Home, *, day: date, recipe: Recipe) -> PipelineRun:
    """Run `airloom-daily` for `day`; the first that succeeds writes the home's experiment file, no other.

    Raises:
        AirloomError: A step failed.
    """
    from pipelines.daily import NAME, daily_pipeline

    arguments = recipe.daily_arguments(home) | {"day": day.isoformat()}
    home.prepare()
    repoint_models(home)
    folder = home.run(NAME, day.isoformat())
    run = run_locally(daily_pipeline(), arguments, folder=folder, title=f"{NAME} for {day}")
    keep_experiment(home, recipe.readout)
    return run


def run_training(home: Home, *, day: date, recipe: Recipe) -> PipelineRun:
    """Run `airloom-training` as of the end of `day`.

    Raises:
        AirloomError: A step failed.
    """
    from pipelines.training import NAME, training_pipeline

    arguments = recipe.training_arguments(home) | {"day": day.isoformat()}
    home.prepare()
    repoint_models(home)
    folder = home.run(NAME, day.isoformat())
    return run_locally(training_pipeline(), arguments, folder=folder, title=f"{NAME} as of {day}")
