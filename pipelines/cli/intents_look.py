"""`airloom intents show`: what was said about an object."""

from __future__ import annotations

from typing import Annotated

import typer

from airloom.errors import AirloomError
from airloom.intents.atoms import Atom
from airloom.intents.store import IntentStore
from airloom.logs.contract import CONTENT_ACTIONS
from pipelines.cli.options import DEFAULT_HOME, HomeOption, LakeOption, lake_at


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
        print(f"{row['action']} {object_id}: {row['status']} ({row['reasoner']}, {row['model']})")
        for path in row["paths"]:
            print(f"  {path['confidence']:.2f}  {' -> '.join(path['labels'])}")
