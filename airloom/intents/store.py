"""The intent store: every answer about every atom, below `intents/` in the lake."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from airloom.intents.answers import ENCODER, INTENT_ANSWERS, KINDS
from airloom.intents.paths import IntentPaths
from airloom.llm.store.answer_store import AnswerStore
from airloom.llm.version import LLM, Version
from airloom.logs.lake import Lake

INTENTS: Final = "intents"
"""The folder of the intent store in the lake."""


class IntentStore(AnswerStore[IntentPaths]):
    """The answers of language models, which count first, of students, and of the encoder."""

    def __init__(self, lake: Lake) -> None:
        super().__init__(lake.path(INTENTS), answers=INTENT_ANSWERS, kinds=KINDS)

    def files_without_question(self, version: Version) -> list[Path]:
        """Return the files that have, by `atom_id`, what `version` need not be asked.

        A language model need not be asked what it answered or rejected itself; a student, also what any
        language model answered; the encoder, what any version answered.
        """
        if version.kind == ENCODER:
            return self.answered_files()
        own = self.answered_or_rejected_files(version.folder)
        if version.kind == LLM:
            return own
        return [*own, *(file for name in self.versions(LLM) for file in self.answer_files(name))]
