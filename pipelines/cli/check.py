"""`airloom check`: what a run would say of the landed logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from airloom.errors import AirloomError
from pipelines.cli.options import DEFAULT_HOME, HomeOption, RecipeOption, RunDayOption, run_day_of
from pipelines.home import Home

if TYPE_CHECKING:
    from pipelines.check import LogCheck

_MAX_REASONS = 5


def check(
    home: HomeOption = DEFAULT_HOME,
    day: RunDayOption = "",
    recipe: RecipeOption = "",
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with status 1 also for quarantined rows and missing days.")
    ] = False,
) -> None:
    """Say what the next daily run would say of the landed logs; nothing of the lake is changed.

    Exits with status 1 if the run would stop. Needs about as much temporary disk (TMPDIR) as the landed logs.

    Example: airloom check --home shop
    """
    from airloom.logs.lake import Lake
    from pipelines.check import check_landed
    from pipelines.run_settings import recipe_of

    chosen = Home.at(home)
    lake = Lake(chosen.lake)
    docs = chosen.root / "check"
    last = run_day_of(lake, day)
    result = check_landed(lake, day=last, rules=recipe_of(chosen, recipe).rules, docs=docs)
    _show(result)
    print(f"report     {docs / 'index.html'}")
    if result.stopped_by is not None:
        raise result.stopped_by
    if strict and (result.quarantined or result.missing):
        raise AirloomError(
            "Rows would go to quarantine, or days are missing",
            do="See above; deliver them, or leave --strict out",
        )


def _show(result: LogCheck) -> None:
    from airloom.logs.missing_days import missing_days_text

    first, last = result.days
    print(f"days       {first} to {last}")
    if result.missing:
        print(f"missing    {missing_days_text(result.missing)}")
    if result.withdrawn:
        print(f"withdrawn  {'; '.join(result.withdrawn)}: the run removes what was made of it")
    for table, rows in result.rows.items():
        bad, repeated = sum(result.quarantined.get(table, {}).values()), result.set_aside[table]
        apart = f", {repeated:,} set aside" if repeated else ""
        print(f"{table:10} {rows:,} rows, {bad:,} to quarantine{apart}")
        for reason, count in list(result.quarantined.get(table, {}).items())[:_MAX_REASONS]:
            print(f"           {count:,}: {reason}")
    if result.returns.without_order:
        returned, without_order = result.returns
        print(f"returns    {returned:,} pieces, {without_order:,} of them without an order of the same user,")
        print("           object and request_id: they take nothing back")
