"""`airloom import tables`: a platform's own CSV or Parquet files."""

from __future__ import annotations

from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from airloom.errors import AirloomError
from pipelines.cli.options import DEFAULT_HOME, HomeOption
from pipelines.home import Home

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from airloom.logs.import_tables.convert import TableImport


class TimeUnit(StrEnum):
    """The units of times that are numbers."""

    S = "s"
    MS = "ms"
    US = "us"


class OtherDays(StrEnum):
    """What becomes of days that an earlier import of the same path landed."""

    KEEP = "keep"
    REMOVE = "remove"


def tables(
    events: Annotated[
        Path | None, typer.Option(help="File of events: .csv, .tsv (.gz, .zst) or .parquet.")
    ] = None,
    objects: Annotated[Path | None, typer.Option(help="File of objects: content items and products.")] = None,
    users: Annotated[Path | None, typer.Option(help="File of users; optional.")] = None,
    home: HomeOption = DEFAULT_HOME,
    map_: Annotated[
        list[str] | None,
        typer.Option(
            "--map", help="ours=theirs,...: your column for one of ours; events.ts=... for one table."
        ),
    ] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="ours=value,...: the same value in every row.")
    ] = None,
    scale: Annotated[
        list[str] | None,
        typer.Option(help="ours=factor,...: unit_price=0.01 for cents, dwell_s=0.001 for ms."),
    ] = None,
    action: Annotated[
        list[str] | None,
        typer.Option(help="theirs=ours,...: play=view; search= leaves the rows of that action out."),
    ] = None,
    time_unit: Annotated[
        TimeUnit | None, typer.Option(help="Unit of times that are numbers since 1970 UTC.")
    ] = None,
    time_zone: Annotated[
        str | None, typer.Option(help="Zone of times that name none: UTC, Europe/Berlin ...")
    ] = None,
    time_format: Annotated[
        str | None, typer.Option(help="Form of times that are not ISO 8601: %d.%m.%Y %H:%M:%S")
    ] = None,
    category_separator: Annotated[
        str, typer.Option(help="What divides the categories of a path in one column.", show_default=True)
    ] = " > ",
    rejects: Annotated[
        Path | None,
        typer.Option(help="Put rows that cannot be converted into this CSV file, and import the rest."),
    ] = None,
    other_days: Annotated[
        OtherDays | None,
        typer.Option(
            help="Days that an earlier import of the same path landed and the file no longer holds: "
            "remove them (it was corrected) or keep them (it holds new days each time)."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
) -> None:
    """Convert your own files to logs in the landing folder, ready for `airloom run daily`.

    A value is converted by a stated rule or it is a problem; nothing is guessed. If a row has a problem, the
    first ten are printed and nothing is imported.

    Example: airloom import tables --events events.csv --objects items.csv --map user_id=uid,ts=time
    --action play=view,buy=order --time-unit ms --dry-run --home shop
    """
    from airloom.logs.contract import EVENTS, OBJECTS, USERS
    from airloom.logs.import_tables.deliver import UnconvertedRowsError, import_tables
    from airloom.logs.import_tables.mapping import ImportMapping, parse_mapping
    from airloom.logs.lake import Lake
    from pipelines.home_lock import locked

    files = {
        table: file
        for table, file in ((EVENTS, events), (OBJECTS, objects), (USERS, users))
        if file is not None
    }
    if not files:
        raise AirloomError(
            "There is no file to import",
            do="Name one with --events, --objects or --users; objects and events belong together",
        )
    mapping = parse_mapping(
        columns=map_ or (),
        constants=set_ or (),
        scales=scale or (),
        actions=action or (),
        rules=ImportMapping(
            time_unit=None if time_unit is None else time_unit.value,
            time_zone=time_zone,
            time_format=time_format,
            category_separator=category_separator,
        ),
    )
    target = Home.at(home)
    with nullcontext() if dry_run else locked(target, command="airloom import tables"):
        target.check_own_logs()
        try:
            imports = import_tables(
                files,
                Lake(target.lake),
                mapping=mapping,
                rejects=rejects,
                other_days=None if other_days is None else other_days.value,
                dry_run=dry_run,
            )
        except UnconvertedRowsError as error:
            _show(error.imports, other_days)
            raise
    _show(imports, other_days)
    if dry_run:
        print("Nothing was written (--dry-run).")
    else:
        print(f"Landed in {target.lake / 'landing'}. Next: airloom check --home {home}")


def _show(imports: list[TableImport], other_days: OtherDays | None) -> None:
    for result in imports:
        days = f", {_range(result.days)}" if result.days else ""
        print(f"{result.table.name:8} {result.rows:,} rows of {result.file}{days}")
        print(f"         {', '.join(f'{ours} = {theirs}' for ours, theirs in result.filled.items())}")
        if result.former_days:
            outcome = {OtherDays.KEEP: "kept", OtherDays.REMOVE: "removed", None: "needs --other-days"}[
                other_days
            ]
            print(f"         of an earlier import of this path, {outcome}: {_range(result.former_days)}")
        if result.ignored:
            print(f"         not used: {', '.join(result.ignored)}")
        if result.left_out:
            print(f"         left out by --action: {result.left_out:,} rows")
        if result.problem_rows:
            print(f"         cannot be converted: {result.problem_rows:,} rows, the first of them:")
            for problem in result.problems:
                print(f"           {problem}")


def _range(days: Sequence[date]) -> str:
    return f"{days[0]} to {days[-1]} ({len(days):,} days)" if len(days) > 1 else f"{days[0]}"
