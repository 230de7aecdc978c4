"""Loads cards that were written elsewhere into the lake."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from airloom.bounded_database import bounded_database
from airloom.knowledge.imported.card_line import read_line
from airloom.knowledge.imported.card_store import CardKey, CardStore
from airloom.llm.batch_files.import_lines import UNRECORDED, ImportReport, import_lines
from airloom.logs.contract import COMMERCE, OBJECTS
from airloom.logs.lake import Lake


def import_cards(lake: Lake, file: Path, *, model: str = "", prompt: str = UNRECORDED) -> ImportReport:
    """Load the lines of `file`; importing it again adds nothing, and no line is left out uncounted.

    Cards are kept as they are written, and linked to the shop anew for every day (`link_claims`): what links
    to nothing today may link tomorrow, when the shop has the category or content names the need.

    Args:
        lake: Where the cards are kept.
        file: JSON Lines in UTF-8, one `CardLine` each; lines that are none are rejected with the reason.
        model: Name of the model that wrote them, for lines that do not say it.
        prompt: Version of the prompt, likewise.

    Raises:
        AirloomError: The file is absent, unreadable, empty or not UTF-8, or a line does not say which model
            wrote it and neither does `model`.
    """
    products = _product_ids(lake)

    def unknown(keys: Sequence[CardKey]) -> int:
        ids = pa.array([key.object_id for key in keys], pa.string())
        return int(pc.sum(pc.invert(pc.is_in(ids, value_set=products))).as_py() or 0)

    return import_lines(
        CardStore(lake), file, read_line=read_line, model=model, prompt=prompt, unknown_of=unknown
    )


def _product_ids(lake: Lake) -> pa.Array:
    with bounded_database() as database:
        database.register("objects", lake.dataset(OBJECTS))
        rows = database.sql(
            "SELECT DISTINCT object_id FROM objects WHERE domain = $domain", params={"domain": COMMERCE}
        )
        return rows.to_arrow_table()["object_id"].combine_chunks().cast(pa.string())
