"""`airloom intents show` and `browse`: what was said about one object, and about all."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from airloom.errors import AirloomError
from airloom.intents.atoms import Atom
from airloom.intents.browser.browser import write_browser
from airloom.intents.linking.resolve_objects import resolve_objects
from airloom.intents.sentence_encoder import SentenceEncoder
from airloom.intents.store import IntentStore
from airloom.logs.contract import CONTENT_ACTIONS
from pipelines.cli.options import (
    DEFAULT_HOME,
    DayOption,
    HomeOption,
    LakeOption,
    RecipeOption,
    day_of,
    lake_at,
)


def show(
    object_id: Annotated[str, typer.Argument(help="Id of a content item.")],
    lake: LakeOption = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Print the intent paths of one content item, as its reasoner wrote them.

    Example: airloom intents show c0001
    """
    wanted = {Atom(action, object_id).atom_id for action in CONTENT_ACTIONS}
    answers = [row for row in IntentStore(lake_at(lake, home)).read().to_pylist() if row["atom_id"] in wanted]
    if not answers:
        raise AirloomError(
            f"Nothing is stored about {object_id}",
            do="Check the id, or distil first: airloom run daily",
        )
    for row in answers:
        said = row["status"] if row["paths"] else "foretells no purchase"
        print(f"{row['action']} {object_id}: {said} ({row['reasoner']}, {row['model']})")
        for path in row["paths"]:
            print(f"  {path['confidence']:.2f}  {' -> '.join(path['labels'])}")


def browse(
    output: Annotated[
        Path, typer.Option("--output", dir_okay=False, help="The HTML file to write.", show_default=True)
    ] = Path("intents.html"),
    day: DayOption = "",
    recipe: RecipeOption = "default",
    lake: LakeOption = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Write the intent browser: search objects, see their paths, coverage, merges and what was put aside.

    Labels are read as the next run would read them, with intents/overrides.tsv as it is now; nothing is
    written to the lake but vectors of texts.

    Example: airloom intents browse --output intents.html
    """
    from pipelines.recipes import recipe_named

    place, chosen = lake_at(lake, home), recipe_named(recipe)
    closed = day_of(place, day)
    encoder = SentenceEncoder(threads=chosen.distillation.threads)
    intents = resolve_objects(place, through=closed, encoder=encoder, settings=chosen.vocabulary, save=False)
    print(write_browser(place, day=closed, intents=intents, output=output))
