"""`airloom run`: a pipeline on this machine, with the KFP local runner."""

from __future__ import annotations

from datetime import date

import typer

from airloom.errors import AirloomError
from airloom.logs.contract import EVENTS
from airloom.logs.lake import Lake
from airloom.logs.run_day import parse_day
from pipelines.cli.options import DEFAULT_HOME, DayOption, HomeOption, RecipeOption
from pipelines.home import Home

app = typer.Typer(help="Run a pipeline on this machine.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def daily(home: HomeOption = DEFAULT_HOME, day: DayOption = "", recipe: RecipeOption = "default") -> None:
    """Validate, distil, build features and a snapshot, watch drift, report the experiment.

    Example: airloom run daily --home .airloom --day 2026-03-15
    """
    from pipelines.launch import run_daily
    from pipelines.recipes import recipe_named

    place = Home.at(home)
    run = run_daily(place, day=_day(place, day), recipe=recipe_named(recipe))
    print(f"{run.name} {run.status} in {run.seconds:.0f} s; log: {run.log}")


@app.command()
def training(home: HomeOption = DEFAULT_HOME, day: DayOption = "", recipe: RecipeOption = "default") -> None:
    """Build the training set, train the ranker, evaluate it, and register it if the gate lets it pass.

    Prints HR@10 and NDCG@10 on the later window beside the baselines, and what the gate said.

    Example: airloom run training --home .airloom --recipe sample-world
    """
    from pipelines.launch import run_training
    from pipelines.recipes import recipe_named
    from pipelines.report.training_summary import format_training_summary

    place = Home.at(home)
    run = run_training(place, day=_day(place, day), recipe=recipe_named(recipe))
    print(format_training_summary(run))


def _day(home: Home, day: str) -> date:
    if day:
        return parse_day(day)
    lake = Lake(home.lake)
    delivered = lake.days(lake.landing(EVENTS))
    if not delivered:
        raise AirloomError(
            f"No events have been delivered to {lake.uri('landing', 'events')}",
            do="Deliver logs there (docs/how-to/deliver-logs.md), or run: airloom import, airloom demo",
        )
    return delivered[-1]
