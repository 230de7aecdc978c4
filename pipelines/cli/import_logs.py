"""`airloom import`: deliver your own tables or a public dataset into the landing folder of a lake."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from airloom.errors import AirloomError
from pipelines.cli.import_tables import tables
from pipelines.cli.options import DEFAULT_HOME, HomeOption
from pipelines.home import Home

DATASETS = ("amazon-content2commerce",)
"""The public datasets, named here so that `--help` need not import their adapters."""


class _Datasets(TyperGroup):
    """Names the datasets where somebody asks for another one."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            raise AirloomError(
                f"There is no adapter for the dataset {args[0]}",
                do=f"Choose one of: {', '.join(DATASETS)}; or import your own files: airloom import tables",
            )
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=_Datasets,
    help="Deliver your own tables, or a public dataset, to the landing folder.\n\n"
    "Example: airloom import tables --events events.csv --objects items.csv --map user_id=uid --home shop",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("tables")(tables)


@app.command("amazon-content2commerce")
def amazon_content2commerce(
    data: Annotated[Path, typer.Option("--data", help="Folder with the files of the dataset.")],
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Convert Amazon reviews of films, books and products to logs, ready for `airloom run daily`.

    Example: airloom import amazon-content2commerce --data ~/amazon_content2commerce --home .airloom/amazon
    """
    from airloom.logs.adapters import ADAPTERS
    from airloom.logs.lake import Lake
    from pipelines.home_lock import locked

    dataset = "amazon-content2commerce"
    target = Home.at(home)
    with locked(target, command=f"airloom import {dataset}"):
        target.check_source(dataset)
        delivered = ADAPTERS[dataset].deliver(data, Lake(target.lake))
        target.note_source(dataset)
    print(delivered)
