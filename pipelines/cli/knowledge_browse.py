"""`airloom knowledge browse`: all cards as one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.options import DEFAULT_HOME, DayOption, HomeOption, LakeOption, day_of, lake_at


def browse(
    output: Annotated[
        Path, typer.Option("--output", dir_okay=False, help="The HTML file to write.", show_default=True)
    ] = Path("cards.html"),
    day: DayOption = "",
    lake: LakeOption = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Write the card browser: search products, read their claims, see all products with a value.

    Example: airloom knowledge browse --output cards.html
    """
    from airloom.intents.linking.taxonomy import products_of
    from airloom.knowledge.browser.browser import write_card_browser
    from airloom.knowledge.build_cards import read_cards

    data_lake = lake_at(lake, home)
    last_day = day_of(data_lake, day)
    titles = products_of(data_lake, through=last_day).select(["object_id", "title"])
    print(write_card_browser(read_cards(data_lake, through=last_day), titles, output))
