"""What a teacher answered, as a student learns it: titles and the paths that were read into them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final, NamedTuple

from airloom.errors import AirloomError
from airloom.intents.database import bounded_database
from airloom.intents.paths import IntentPath
from airloom.intents.store import IntentStore
from airloom.llm.version import LLM
from airloom.logs.contract import CONTENT, OBJECTS
from airloom.logs.lake import Lake

MOST: Final = 50_000
"""Atoms that are learnt from, drawn by the hash in their id."""
FEWEST: Final = 100
"""With fewer answers there is nothing to learn."""

_QUERY: Final = """
WITH titles AS (
    SELECT object_id, arg_max(title, dt) AS title FROM objects WHERE domain = $content GROUP BY object_id
), answers AS (
    SELECT DISTINCT ON (atom_id) atom_id, action, object_id, paths
    FROM read_parquet($files, filename = true, file_row_number = true)
    ORDER BY atom_id, filename, file_row_number -- of two answers the first counts, as in the store
)
SELECT object_id, action, title, paths FROM answers JOIN titles USING (object_id)
WHERE trim(title) <> '' ORDER BY atom_id LIMIT $most
"""


class Lesson(NamedTuple):
    """One answer of the teacher.

    Attributes:
        object_id: Which content.
        action: What was done to it.
        title: Its title.
        paths: What was read into that, strongest first; empty where it foretells no purchase.
    """

    object_id: str
    action: str
    title: str
    paths: tuple[IntentPath, ...]


class Lessons(NamedTuple):
    """Answers of one version.

    Attributes:
        teacher: Folder name of the version.
        rows: In the order of the atoms' ids.
    """

    teacher: str
    rows: list[Lesson]

    def where(self, chosen: Callable[[Lesson], bool]) -> Lessons:
        """Some of them."""
        return Lessons(self.teacher, [lesson for lesson in self.rows if chosen(lesson)])


def lessons(lake: Lake, *, day: date) -> Lessons:
    """The answers of the language model that counts first, about content known at the end of `day`.

    Raises:
        AirloomError: No language model has answered enough.
    """
    store = IntentStore(lake)
    found: list[Lesson] = []
    teacher = next(iter(store.versions(LLM)), "")
    if teacher:
        with bounded_database() as database:
            database.register("objects", lake.dataset(OBJECTS, through=day, with_day=True))
            files = [str(file) for file in store.answer_files(teacher)]
            values = {"content": CONTENT, "files": files, "most": MOST}
            for object_id, action, title, paths in database.execute(_QUERY, values).fetchall():
                read = tuple(IntentPath(tuple(path["labels"]), path["confidence"]) for path in paths)
                found.append(Lesson(object_id, action, title, read))
    telling = sum(bool(lesson.paths) for lesson in found)
    if telling < FEWEST:
        raise AirloomError(
            f"A student needs {FEWEST} answers with paths of the language model that counts first; "
            f"{teacher or 'none'} has {telling} in {lake.root}",
            do="Ask it first (airloom intents distill, or import), or put another at the top of "
            "intents/versions.txt",
        )
    return Lessons(teacher, found)
