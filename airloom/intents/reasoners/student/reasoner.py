"""The reasoner that answers at once what a language model has not answered yet: a student of its answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from airloom.intents.answers import IntentOutcome
from airloom.intents.atoms import atoms_in
from airloom.intents.paths import IntentPaths
from airloom.intents.reasoners.student.lake_student import load_student, student_version
from airloom.intents.reasoners.student.token_table import TokenTable
from airloom.llm.outcome import Answer
from airloom.llm.version import Version
from airloom.logs.contract import VIEW
from airloom.logs.lake import Lake


class StudentReasoner:
    """A small model that answers with the paths of its teacher that are nearest to a title.

    Args:
        lake: Keeps the student.

    Raises:
        AirloomError: It keeps none, or a damaged one.
    """

    def __init__(self, lake: Lake) -> None:
        self._tokens = TokenTable()
        self._student = load_student(lake, tokens=self._tokens)
        # hashed after it was read, so that a replacement in between is noticed
        self._version = student_version(lake)

    @property
    def version(self) -> Version:
        """The hash of the student's file."""
        return self._version

    def answer(self, chunks: Iterator[pa.Table]) -> Iterator[Sequence[IntentOutcome]]:
        """Yield the nearest of the teacher's paths for every atom, strongest first."""
        for atoms in chunks:
            keys = atoms_in(atoms)
            titles, actions = atoms["title"].to_pylist(), [atom.action for atom in keys]
            paths = self._student.read(titles, actions=actions, tokens=self._tokens)
            yield [Answer(atom, own) for atom, own in zip(keys, paths, strict=True)]

    def paths_of(self, texts: Sequence[str]) -> list[IntentPaths]:
        """Return the paths that each text predicts, as a title that was viewed."""
        return self._student.read(texts, actions=[VIEW] * len(texts), tokens=self._tokens)
