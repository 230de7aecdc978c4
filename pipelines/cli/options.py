"""Options that several commands share, each declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

HomeOption = Annotated[
    Path,
    typer.Option("--home", help="The folder that holds everything a local run writes.", show_default=True),
]
DayOption = Annotated[
    str, typer.Option("--day", help="ISO date of the last closed day; default: the last day delivered.")
]
RecipeOption = Annotated[
    str, typer.Option("--recipe", help="Named settings; see pipelines/recipes.py.", show_default=True)
]
DEFAULT_HOME = Path(".airloom")
