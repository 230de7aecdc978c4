"""The reasoner that answers at once what a language model has not read yet: a student of its answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from airloom.intents.answers import IntentOutcome
from airloom.intents.atoms import atoms_in
from airloom.intents.paths import IntentPaths
from airloom.intents.reasoners.student.lake_student import load_student, student_version
from airloom.intents.reasoners.student.words import Words
from airloom.llm.outcome import Answer
from airloom.llm.version import Version
from airloom.logs.contract import VIEW
from airloom.logs.lake import Lake


class StudentReasoner:
    """Answers with the paths of its teacher that are nearest to a title.

    Args:
        lake: Keeps the student.

    Raises:
        AirloomError: It keeps none, or a damaged one.
    """

    def __init__(self, lake: Lake) -> None:
        self._words = Words()
        self._student = load_student(lake, words=self._words)
        # hashed after it was read: whoever knew it under another version sees that it was replaced
        self._version = student_version(lake)

    @property
    def version(self) -> Version:
        """The hash of what was learnt."""
        return self._version

    def answer(self, chunks: Iterator[pa.Table]) -> Iterator[Sequence[IntentOutcome]]:
        """Yield the nearest of the teacher's paths for every atom, strongest first."""
        for atoms in chunks:
            keys = atoms_in(atoms)
            titles, actions = atoms["title"].to_pylist(), [atom.action for atom in keys]
            paths = self._student.read(titles, actions=actions, words=self._words)
            yield [Answer(atom, own) for atom, own in zip(keys, paths, strict=True)]

    def paths_of(self, texts: Sequence[str]) -> list[IntentPaths]:
        """What is read into each text as a title that was viewed."""
        return self._student.read(texts, actions=[VIEW] * len(texts), words=self._words)
