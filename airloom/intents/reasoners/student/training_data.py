"""The training data of a student: titles, and the paths that its teacher answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Final, NamedTuple

from airloom.bounded_database import bounded_database
from airloom.errors import AirloomError
from airloom.intents.paths import IntentPath
from airloom.intents.store import IntentStore
from airloom.llm.version import LLM
from airloom.logs.contract import CONTENT, OBJECTS
from airloom.logs.lake import Lake

MAX_EXAMPLES: Final = 50_000
"""Atoms of the training data, drawn by the hash in their id."""
MIN_ANSWERS: Final = 100
"""With fewer answers no student is trained."""

_QUERY: Final = """
WITH titles AS (
    SELECT object_id, arg_max(title, dt) AS title FROM objects WHERE domain = $content GROUP BY object_id
), answers AS (
    SELECT DISTINCT ON (atom_id) atom_id, action, object_id, paths
    FROM read_parquet($files, filename = true, file_row_number = true)
    ORDER BY atom_id, filename, file_row_number -- of two answers the first counts, as in the store
)
SELECT object_id, action, title, paths FROM answers JOIN titles USING (object_id)
WHERE trim(title) <> '' ORDER BY atom_id LIMIT $max_examples
"""


class TrainingExample(NamedTuple):
    """One answer of the teacher.

    Attributes:
        object_id: Which content.
        action: What was done to it.
        title: Its title.
        paths: The answer, strongest first; empty where it predicts no purchase.
    """

    object_id: str
    action: str
    title: str
    paths: tuple[IntentPath, ...]


class StudentTrainingData(NamedTuple):
    """Answers of one version.

    Attributes:
        teacher: Folder name of the version.
        rows: In the order of the atoms' ids.
    """

    teacher: str
    rows: list[TrainingExample]

    def where(self, chosen: Callable[[TrainingExample], bool]) -> StudentTrainingData:
        """Return the examples that are chosen."""
        return StudentTrainingData(self.teacher, [example for example in self.rows if chosen(example)])

    def titles_with_paths(self) -> set[str]:
        """Return the different titles that were answered with paths."""
        return {example.title for example in self.rows if example.paths}


def training_data(lake: Lake, *, day: date) -> StudentTrainingData:
    """Return the answers of the language model that counts first, about content known at the end of `day`.

    Raises:
        AirloomError: No language model has answered enough.
    """
    store = IntentStore(lake)
    examples: list[TrainingExample] = []
    teacher = next(iter(store.versions(LLM)), "")
    if teacher:
        with bounded_database() as database:
            database.register("objects", lake.dataset(OBJECTS, through=day, with_day=True))
            files = [str(file) for file in store.answer_files(teacher)]
            values = {"content": CONTENT, "files": files, "max_examples": MAX_EXAMPLES}
            for object_id, action, title, paths in database.execute(_QUERY, values).fetchall():
                read = tuple(IntentPath(tuple(path["labels"]), path["confidence"]) for path in paths)
                examples.append(TrainingExample(object_id, action, title, read))
    with_paths = sum(bool(example.paths) for example in examples)
    if with_paths < MIN_ANSWERS:
        raise AirloomError(
            f"A student needs {MIN_ANSWERS} answers with paths of the language model that counts first; "
            f"{teacher or 'none'} has {with_paths} in {lake.root}",
            do="Ask it first (airloom intents distill, or import), or put another at the top of "
            "intents/versions.txt",
        )
    return StudentTrainingData(teacher, examples)
