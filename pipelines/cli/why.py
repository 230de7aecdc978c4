"""`airloom why`: whether the next daily run builds a day of a table again or removes it, and why."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from airloom.logs.run_day import parse_day
from pipelines.cli.options import DEFAULT_HOME, HomeOption, LakeOption, RecipeOption, lake_at, run_day_of
from pipelines.home import Home


def why(
    table: Annotated[
        str,
        typer.Argument(
            help="objects, users, events, exposures, user_history, object_profile or object_intents."
        ),
    ],
    day: Annotated[str, typer.Argument(help="ISO date of the day.")],
    home: HomeOption = DEFAULT_HOME,
    lake: LakeOption = "",
    recipe: RecipeOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
) -> None:
    """Say whether the next daily run builds a day of a table again or removes it, and why. Changes nothing.

    Example: airloom why user_history 2026-03-15
    """
    from pipelines.derivations import daily_derivations
    from pipelines.run_settings import recipe_of
    from pipelines.why import Explainer

    chosen = lake_at(lake, home)
    derivations = daily_derivations(chosen, recipe_of(Home.at(home), recipe))
    explainer = Explainer(chosen, derivations, run_day=run_day_of(chosen, ""))
    explanation = explainer.explain(table, parse_day(day))
    print(json.dumps(explanation.as_dict(), indent=2) if as_json else explanation.text())
