"""Loads intents that were made elsewhere into the store: by another cluster, a batch API, a script."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from airloom.bounded_database import bounded_database
from airloom.intents.answer_lines import read_line
from airloom.intents.atoms import Atom
from airloom.intents.settings import LabelScript
from airloom.intents.store import IntentStore
from airloom.llm.batch_files.import_lines import UNRECORDED, ImportReport, check_lines, import_lines
from airloom.logs.contract import CONTENT, OBJECTS
from airloom.logs.lake import Lake


def import_answers(
    lake: Lake, file: Path, *, model: str = "", prompt: str = UNRECORDED, labels: LabelScript = "english"
) -> ImportReport:
    """Load the lines of `file` into the intent store; importing it again adds nothing.

    Args:
        lake: Where the store is.
        file: JSON Lines in UTF-8: `{"id": object id, "paths": [{"labels": [...], "confidence": 0.6}]}`, what
            `export_answers` wrote, or what a batch API made of `write_batch_requests`.
        model: Name of the model that answered, for lines that do not say it.
        prompt: Version of the prompt that it answered to, likewise.
        labels: Which labels the replies in a batch API's output may have.

    Raises:
        AirloomError: The file is absent, unreadable, empty or not UTF-8, or a line does not say which model
            answered and neither does `model`.
    """
    return import_lines(
        IntentStore(lake),
        file,
        read_line=partial(read_line, labels=labels),
        model=model,
        prompt=prompt,
        unknown_of=_unknown_in(lake),
    )


def check_answers(file: Path) -> None:
    """Look for one answer in `file`, so that a wrong file is refused before anything long begins.

    Raises:
        AirloomError: See `import_answers`; or no line is an answer.
    """
    check_lines(file, read_line=read_line, do="Give JSON Lines as `airloom intents export` writes them")


def _unknown_in(lake: Lake) -> Callable[[Sequence[Atom]], int]:
    """Return what counts the atoms about no object of the lake; while it has no objects, none is unknown."""
    if not lake.days(OBJECTS):
        return lambda _: 0
    with bounded_database() as database:
        database.register("objects", lake.dataset(OBJECTS))
        rows = database.sql(
            "SELECT DISTINCT object_id FROM objects WHERE domain = $content", params={"content": CONTENT}
        )
        known = rows.to_arrow_table()["object_id"].combine_chunks()

    def count(atoms: Sequence[Atom]) -> int:
        ids = pa.array([atom.object_id for atom in atoms], known.type)
        return int(pc.sum(pc.invert(pc.is_in(ids, value_set=known))).as_py() or 0)

    return count
