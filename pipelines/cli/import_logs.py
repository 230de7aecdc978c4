"""`airloom import`: a public dataset into the landing zone of a lake."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from airloom.errors import AirloomError
from airloom.files import write_text
from airloom.logs.adapters import ADAPTERS
from airloom.logs.lake import LANDING, Lake
from pipelines.cli.options import DEFAULT_HOME, HomeOption
from pipelines.home import Home


def import_logs(
    dataset: Annotated[str, typer.Argument(help=f"One of: {', '.join(sorted(ADAPTERS))}.")],
    data: Annotated[Path, typer.Option("--data", help="The folder with the dataset's files.")],
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Deliver a public dataset as logs, ready for `airloom run daily`.

    Example: airloom import amazon-content2commerce --data ~/amazon_content2commerce --home .airloom/amazon
    """
    if dataset not in ADAPTERS:
        raise AirloomError(
            f"There is no adapter for the dataset {dataset}",
            do=f"Choose one of: {', '.join(sorted(ADAPTERS))}",
        )
    lake = Lake(Home.at(home).lake)
    claim(lake, source=dataset)
    print(ADAPTERS[dataset].deliver(data, lake))


def claim(lake: Lake, *, source: str) -> None:
    """Note that `lake` holds the logs of `source`, so that two worlds are never mixed.

    Raises:
        AirloomError: It already holds those of another source.
    """
    note = lake.path(LANDING, "source.txt")
    held = note.read_text(encoding="utf-8").strip() if note.exists() else source
    if held != source:
        raise AirloomError(
            f"The lake {lake.root} already holds the logs of {held}",
            do=f"Choose another folder for {source} with --home",
        )
    write_text(note, source + "\n")
