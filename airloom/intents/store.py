"""The intent store: every answer about every atom, below `intents/` in the lake."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from airloom.intents.answers import INTENT_ANSWERS, KINDS
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

    def files_to_exclude(self, version: Version, *, skip: Literal["own", "any"] = "own") -> list[Path]:
        """Return the Parquet files with the `atom_id`s that `version` is not asked about.

        A language model is not asked again what it answered or rejected itself, or, where `skip` is `any`,
        what any language model answered. A student is also not asked what any language model answered, and
        the encoder not what any of both answered: each reads what no version before it in `KINDS` has, so
        that answers of an older encoder are replaced.
        """
        before = KINDS[: KINDS.index(version.kind)]
        if version.kind == LLM and skip == "any":
            before = (LLM,)
        others = [file for kind in before for name in self.versions(kind) for file in self.answer_files(name)]
        return [*self.answered_or_rejected_files(version.folder), *others]
