"""`airloom intents show` and `browse`: what was said about one object, and about all."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from airloom.errors import AirloomError
from pipelines.cli.options import (
    DEFAULT_HOME,
    DayOption,
    HomeOption,
    LakeOption,
    RecipeOption,
    day_of,
    lake_at,
)
from pipelines.home import Home


def show(
    object_id: Annotated[str, typer.Argument(help="Id of a content item.")],
    lake: LakeOption = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Print the intent paths of one content item, as the reasoner answered.

    Example: airloom intents show c0001
    """
    from airloom.intents.atoms import Atom
    from airloom.intents.store import IntentStore
    from airloom.logs.contract import CONTENT_ACTIONS

    wanted = {Atom(action, object_id).atom_id for action in CONTENT_ACTIONS}
    answers = [row for row in IntentStore(lake_at(lake, home)).read().to_pylist() if row["atom_id"] in wanted]
    if not answers:
        raise AirloomError(
            f"Nothing is stored about {object_id}",
            do="Check the id, or distill first: airloom run daily",
        )
    for row in answers:
        status = row["status"] if row["paths"] else row["reason"] or "predicts no purchase"
        print(f"{row['action']} {object_id}: {status} ({row['reasoner']}, {row['model']})")
        for path in row["paths"]:
            print(f"  {path['confidence']:.2f}  {' -> '.join(path['labels'])}")


def browse(
    output: Annotated[
        Path, typer.Option("--output", dir_okay=False, help="The HTML file to write.", show_default=True)
    ] = Path("intents.html"),
    day: DayOption = "",
    recipe: RecipeOption = "",
    lake: LakeOption = "",
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Write the intent browser: search objects, see their paths, coverage, merged labels, rejected replies.

    Labels are read as the next run would read them, with intents/overrides.tsv as it is now; nothing is
    written to the lake but vectors of texts.

    Example: airloom intents browse --output intents.html
    """
    from airloom.intents.browser.browser import write_browser
    from airloom.intents.linking.resolve_objects import resolve_objects
    from airloom.intents.sentence_encoder import SentenceEncoder
    from pipelines.run_settings import recipe_of

    data_lake, chosen = lake_at(lake, home), recipe_of(Home.at(home), recipe)
    last_day = day_of(data_lake, day)
    encoder = SentenceEncoder(threads=chosen.distillation.threads)
    intents = resolve_objects(
        data_lake, through=last_day, encoder=encoder, settings=chosen.linking, save=False
    )
    print(write_browser(data_lake, day=last_day, intents=intents, output=output))
