"""`airloom run`: a pipeline on this machine, with the KFP local runner."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from pipelines.cli.options import (
    DEFAULT_HOME,
    ExperimentOption,
    HomeOption,
    RecipeOption,
    RunDayOption,
    run_day_of,
)
from pipelines.home import Home

app = typer.Typer(help="Run a pipeline on this machine.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def daily(
    home: HomeOption = DEFAULT_HOME,
    day: RunDayOption = "",
    recipe: RecipeOption = "",
    experiment: ExperimentOption = None,
    max_withdrawn_days: Annotated[
        int,
        typer.Option(
            min=0,
            help="Confirm that so many days of a table were taken out of the landing zone on purpose.",
        ),
    ] = 0,
) -> None:
    """Validate, distill, build features and a snapshot, check for drift, report the experiment.

    Ends with five lines (rows, missing days, coverage, drift, the next step) and refreshes report/index.html.

    A run catches up with every earlier day that was delivered late or again.

    Example: airloom run daily --home .airloom --day 2026-03-15
    """
    from airloom.logs.lake import Lake
    from pipelines.home_lock import locked
    from pipelines.launch import run_daily
    from pipelines.report.daily_summary import format_daily_summary
    from pipelines.report.refresh import refreshed_index
    from pipelines.run_settings import recipe_of

    chosen = Home.at(home)
    settings = recipe_of(chosen, recipe, experiment=experiment)
    if max_withdrawn_days:
        rules = replace(settings.rules, max_withdrawn_days=max_withdrawn_days)
        settings = replace(settings, rules=rules)
    with locked(chosen, command="airloom run daily"), refreshed_index(chosen):
        run = run_daily(chosen, day=run_day_of(Lake(chosen.lake), day), recipe=settings)
    print(f"{run.name} {run.status} in {run.seconds:.0f} s; log: {run.log}")
    print(format_daily_summary(run, chosen))


@app.command()
def training(home: HomeOption = DEFAULT_HOME, day: RunDayOption = "", recipe: RecipeOption = "") -> None:
    """Build the training set, train the ranker, evaluate it, and register it if the gate lets it pass.

    Prints HR@10 and NDCG@10 on the later window beside the baselines, and what the gate said.

    Example: airloom run training --home .airloom --recipe sample-world
    """
    from airloom.logs.lake import Lake
    from pipelines.home_lock import locked
    from pipelines.launch import run_training
    from pipelines.report.refresh import refreshed_index
    from pipelines.report.training_summary import format_training_summary
    from pipelines.run_settings import recipe_of

    chosen = Home.at(home)
    with locked(chosen, command="airloom run training"), refreshed_index(chosen):
        run = run_training(chosen, day=run_day_of(Lake(chosen.lake), day), recipe=recipe_of(chosen, recipe))
    print(format_training_summary(run, chosen))
