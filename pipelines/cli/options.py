"""Options that several commands share, each declared once."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from airloom.errors import AirloomError
from airloom.logs.run_day import Clock, complete_day, last_complete_day, parse_day, utc_now
from pipelines.home import Home

if TYPE_CHECKING:  # --help loads nothing heavy
    from airloom.logs.lake import Lake
    from airloom.ranking.snapshot import Snapshot

S = TypeVar("S")

HomeOption = Annotated[
    Path,
    typer.Option("--home", help="The folder that holds everything a local run writes.", show_default=True),
]
LakeOption = Annotated[
    str, typer.Option("--lake", help="Root of the lake: a folder or URI; default: the lake in --home.")
]
RunDayOption = Annotated[
    str,
    typer.Option(
        "--day", help="Day of the run (YYYY-MM-DD); default: the last delivered day that has ended."
    ),
]
DayOption = Annotated[
    str, typer.Option("--day", help="Day to read up to (YYYY-MM-DD); default: the last validated day.")
]
RecipeOption = Annotated[
    str,
    typer.Option(
        "--recipe", help="A recipe's name, or a YAML file; default: recipe.yaml in --home, else default."
    ),
]
ExperimentOption = Annotated[
    Path | None,
    typer.Option(
        "--experiment",
        metavar="FILE",
        help="The experiment; default: AIRLOOM_EXPERIMENT, else experiment.yaml in --home.",
    ),
]
DEFAULT_HOME = Path(".airloom")

ReasonerOption = Annotated[
    str, typer.Option("--reasoner", help="openai, transformers, student or encoder; default: the recipe's.")
]
BaseUrlOption = Annotated[
    str, typer.Option("--base-url", help="An OpenAI-compatible server, up to and with /v1.")
]
ModelOption = Annotated[
    str, typer.Option("--model", help="The server's name of the model; for transformers a hub id or folder.")
]
PromptOption = Annotated[str, typer.Option("--prompt", help="File of your own prompt; default: Airloom's.")]
KeyFileOption = Annotated[
    str,
    typer.Option("--api-key-file", help="File that holds the key; default: the variable OPENAI_API_KEY."),
]
BudgetOption = Annotated[
    float | None,
    typer.Option(
        "--budget-usd", min=0.0, help="What the replies for one day may cost, all shards and runs together."
    ),
]
PriceInOption = Annotated[
    float | None, typer.Option("--usd-per-million-in", min=0.0, help="Price of a million tokens read.")
]
PriceOutOption = Annotated[
    float | None, typer.Option("--usd-per-million-out", min=0.0, help="Price of a million tokens written.")
]
ConcurrencyOption = Annotated[
    int | None, typer.Option("--concurrency", min=1, help="Requests in flight at most.")
]
TimeoutOption = Annotated[
    float | None, typer.Option("--timeout", min=0.1, help="Seconds for one reply, from the request on.")
]
MaxTokensOption = Annotated[int | None, typer.Option("--max-tokens", min=1, help="Tokens of one reply.")]
ShardOption = Annotated[int, typer.Option("--shard", help="Number of this part, from 0.")]
ShardsOption = Annotated[int, typer.Option("--shards", min=1, help="Parts that run side by side.")]
OutputOption = Annotated[
    Path, typer.Option("--output", dir_okay=False, help="The file to write, JSON Lines.")
]


def lake_at(lake: str, home: Path) -> Lake:
    """Return the lake that the options name."""
    from airloom.logs.lake import Lake

    return Lake(lake or Home.at(home).lake)


def snapshot_of(home: Path) -> Snapshot:
    """Return the snapshot of a home that its service would load.

    Raises:
        AirloomError: It has none.
    """
    from components.build_snapshot.pointer import serving_snapshot
    from components.build_snapshot.publish import FOLDER

    return serving_snapshot(lake_at("", home).path(FOLDER))


def day_of(lake: Lake, day: str) -> date:
    """Return the day that the option names, or the last that was validated.

    Raises:
        AirloomError: It is no date, or the lake is empty.
    """
    from airloom.logs.contract import EVENTS, OBJECTS

    if day:
        return parse_day(day)
    days = sorted({*lake.days(OBJECTS), *lake.days(EVENTS)})
    if not days:
        raise AirloomError(f"The lake {lake.root} has no objects yet", do="Run airloom run daily first")
    return days[-1]


def run_day_of(lake: Lake, day: str, *, clock: Clock = utc_now) -> date:
    """Return the day that the option names, or the last delivered day that has ended.

    Days of any table after that one are said on standard error: the run does not read them.

    Raises:
        AirloomError: It is no date, it has not ended, or no events of such a day were delivered.
    """
    from airloom.logs.contract import EVENTS

    if day:
        return complete_day(day, clock)
    last, landing = last_complete_day(clock), lake.landing(EVENTS)
    delivered = lake.days(landing)
    if ended := [at for at in delivered if at <= last]:
        _say_later_days(lake, ended[-1])
        return ended[-1]
    if delivered:
        raise AirloomError(
            f"No day with delivered events has ended: {lake.uri(landing.name)} holds {delivered[0]} to "
            f"{delivered[-1]}, and it is {clock():%Y-%m-%d %H:%M} UTC",
            do="Run again after midnight UTC, and correct the clock of this machine if it is wrong",
        )
    raise AirloomError(
        f"No events have been delivered to {lake.uri(landing.name)}",
        do="Deliver logs there (docs/how-to/deliver-logs.md), or run: airloom import, airloom demo",
    )


def _say_later_days(lake: Lake, day: date) -> None:
    from airloom.logs.contract import LOG_TABLES

    for table in LOG_TABLES:
        if later := [at for at in lake.days(lake.landing(table)) if at > day]:
            days = f"{later[0]}" if len(later) == 1 else f"{len(later):,} days, {later[0]} to {later[-1]}"
            print(
                f"Not read: {table.name} of {days}; {day} is the last day of events that has ended",
                file=sys.stderr,
            )


def overridden(
    settings: S,
    *,
    reasoner: str = "",
    model: str = "",
    prompt: str = "",
    budget_usd: float | None = None,
    **server: Any,
) -> S:
    """Return the recipe's settings with what the command line says in their place.

    Args:
        settings: The recipe's, `DistillSettings` or `AgentSettings`.
        reasoner: Its name.
        model: For whichever reasoner has one.
        prompt: File of the prompt.
        budget_usd: The limit.
        server: Fields of `OpenAISettings`.

    Raises:
        AirloomError: A value is none that the settings know.
    """
    from airloom.settings import as_dict, parse

    values = as_dict(settings)
    values |= _given(reasoner=reasoner, prompt=prompt, budget_usd=budget_usd)
    values["openai"] |= _given(**server)
    if model:
        values["transformers" if values["reasoner"] == "transformers" else "openai"]["model"] = model
    return parse(type(settings), values)


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in ("", None)}
