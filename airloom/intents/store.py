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

    def files_to_exclude(self, version: Version) -> list[Path]:
        """Return the Parquet files with the `atom_id`s that `version` is not asked about.

        A language model is not asked again what it answered or rejected itself. A student is also not
        asked what any language model answered. The encoder is not asked what any version answered.
        """
        if version.kind == ENCODER:
            return self.answered_files()
        own = self.answered_or_rejected_files(version.folder)
        if version.kind == LLM:
            return own
        return [*own, *(file for name in self.versions(LLM) for file in self.answer_files(name))]
