"""Titles of content that stand for all of them, found without holding all in memory."""

from __future__ import annotations

from datetime import date
from typing import Final

from airloom.bounded_database import bounded_database
from airloom.logs.contract import CONTENT, OBJECTS
from airloom.logs.lake import Lake

SAMPLE: Final = 1024
"""Titles that stand for all titles: more would not move their mean."""

_QUERY: Final = """
SELECT title FROM objects WHERE domain = $content AND trim(title) <> ''
GROUP BY title ORDER BY sha256(title) LIMIT $sample
"""


def title_sample(lake: Lake, *, day: date) -> list[str]:
    """Return up to `SAMPLE` different titles of content delivered up to `day`.

    They are drawn by the hash of the title, so the sample hardly changes from day to day.
    """
    with bounded_database() as database:
        database.register("objects", lake.dataset(OBJECTS, through=day))
        rows = database.execute(_QUERY, {"content": CONTENT, "sample": SAMPLE}).fetchall()
    return [title for (title,) in rows]
