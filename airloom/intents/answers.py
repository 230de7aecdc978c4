"""The columns of stored intents, and the kinds of reasoners that give them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import pyarrow as pa

from airloom.intents.atoms import Atom
from airloom.intents.paths import IntentPaths
from airloom.llm.outcome import Answer, Outcome
from airloom.llm.store.answer_table import AnswerTable
from airloom.llm.version import LLM, Version

STUDENT: Final = "student"
ENCODER: Final = "encoder"
KINDS: Final = (LLM, STUDENT, ENCODER)
"""Kinds of versions; where several have answered an atom, those of an earlier kind count first."""

IntentAnswer: TypeAlias = Answer[Atom, IntentPaths]
IntentOutcome: TypeAlias = Outcome[Atom, IntentPaths]

_PATHS: Final = pa.list_(pa.struct([("labels", pa.list_(pa.string())), ("confidence", pa.float32())]))


def _columns(paths: IntentPaths | None) -> Mapping[str, Any]:
    return {"paths": [path._asdict() for path in paths or ()]}


INTENT_ANSWERS: Final = AnswerTable[IntentPaths](
    id_column="atom_id",
    key_columns=Atom._fields,
    value_columns=(("paths", _PATHS),),
    to_columns=_columns,
    schema_version="2",
)


def intent_version(kind: str, model: str, prompt: str) -> Version:
    """Return the version of answers to this task.

    Args:
        kind: One of `KINDS`.
        model: Name of the model.
        prompt: Version of the prompt, or of the method where there is no prompt.
    """
    return Version(kind, model, prompt, INTENT_ANSWERS.schema_version)
