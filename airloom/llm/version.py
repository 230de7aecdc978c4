"""Versions of answers: which model, asked with which prompt, made them."""

from __future__ import annotations

import hashlib
import re
from typing import Final, NamedTuple

LLM: Final = "llm"
"""Kind of a version whose answers a language model gave."""


class Version(NamedTuple):
    """What made a set of answers; two versions never mix.

    How a model was reached does not matter: its answers to one prompt are one version, whether they came over
    HTTP, from this process or in a file.

    Attributes:
        kind: `LLM`, or the kind of another method that the task knows.
        model: Name of the model.
        prompt: Version of the prompt, or of the method where there is no prompt.
        schema: Version of the meaning of a stored answer (`AnswerTable.schema_version`).
    """

    kind: str
    model: str
    prompt: str
    schema: str

    @property
    def folder(self) -> str:
        """A readable folder name that is unique to this version, the kind first."""
        digest = hashlib.sha256("\0".join(self).encode()).hexdigest()[:12]
        return f"{self.kind}-{re.sub(r'[^A-Za-z0-9.]+', '-', self.model)[:40]}-{digest}"


def kind_in(folder: str) -> str:
    """Return the kind of the version with this folder name."""
    return folder.partition("-")[0]
