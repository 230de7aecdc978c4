"""`airloom import`: deliver a public dataset into the landing folder of a lake."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from airloom.errors import AirloomError
from pipelines.cli.options import DEFAULT_HOME, HomeOption
from pipelines.home import Home


def import_logs(
    dataset: Annotated[str, typer.Argument(help="A public dataset: amazon-content2commerce.")],
    data: Annotated[Path, typer.Option("--data", help="Folder with the files of the dataset.")],
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Convert a public dataset to logs in the landing folder, ready for `airloom run daily`.

    Example: airloom import amazon-content2commerce --data ~/amazon_content2commerce --home .airloom/amazon
    """
    from airloom.logs.adapters import ADAPTERS
    from airloom.logs.lake import Lake

    if dataset not in ADAPTERS:
        raise AirloomError(
            f"There is no adapter for the dataset {dataset}",
            do=f"Choose one of: {', '.join(sorted(ADAPTERS))}",
        )
    target = Home.at(home)
    target.check_source(dataset)
    delivered = ADAPTERS[dataset].deliver(data, Lake(target.lake))
    target.note_source(dataset)
    print(delivered)
