"""Answers of a reasoner, as rows."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Final, NamedTuple

import pyarrow as pa

from airloom.intents.paths import IntentPath

SCHEMA_VERSION: Final = "1"
"""Part of every version; raise it when the meaning of a stored answer changes."""

ANSWERED: Final = "answered"
EMPTY: Final = "empty"
"""Status of an atom that the reasoner read and that foretells no purchase."""

ANSWER_SCHEMA: Final = pa.schema(
    [
        ("atom_id", pa.string()),
        ("action", pa.string()),
        ("object_id", pa.string()),
        ("profile_bucket", pa.string()),
        ("status", pa.string()),
        (
            "paths",
            pa.list_(pa.struct([("labels", pa.list_(pa.string())), ("confidence", pa.float32())])),
        ),
        ("reasoner", pa.string()),
        ("model", pa.string()),
        ("prompt_version", pa.string()),
        ("tokens_in", pa.int64()),
        ("tokens_out", pa.int64()),
    ]
)


class Version(NamedTuple):
    """What made a set of answers; two versions never mix.

    Attributes:
        reasoner: How the answers came: `encoder`, `imported`, ...
        model: Name of the model.
        prompt: Version of the prompt, or of the method where there is no prompt.
    """

    reasoner: str
    model: str
    prompt: str

    @property
    def folder(self) -> str:
        """A readable name that is unique to this version, the reasoner first."""
        digest = hashlib.sha256("\0".join((*self, SCHEMA_VERSION)).encode()).hexdigest()[:12]
        return f"{self.reasoner}-{re.sub(r'[^A-Za-z0-9.]+', '-', self.model)[:40]}-{digest}"


class Answer(NamedTuple):
    """What a reasoner said about one atom, and what it cost.

    Attributes:
        paths: Strongest first; empty where the event foretells no purchase.
        tokens_in: Tokens read, 0 where the reasoner counts none.
        tokens_out: Tokens written.
    """

    paths: tuple[IntentPath, ...]
    tokens_in: int = 0
    tokens_out: int = 0


def answer_rows(atoms: pa.Table, answers: Sequence[Answer], *, version: Version) -> pa.Table:
    """Rows of `ANSWER_SCHEMA` for `atoms` (atom_id, action, object_id, profile_bucket) and their answers."""
    paths = [[path._asdict() for path in answer.paths] for answer in answers]
    return pa.table(
        [
            *(atoms[name] for name in ("atom_id", "action", "object_id", "profile_bucket")),
            pa.array([ANSWERED if answer.paths else EMPTY for answer in answers], pa.string()),
            pa.array(paths, ANSWER_SCHEMA.field("paths").type),
            *(pa.repeat(value, atoms.num_rows) for value in version),
            pa.array([answer.tokens_in for answer in answers], pa.int64()),
            pa.array([answer.tokens_out for answer in answers], pa.int64()),
        ],
        schema=ANSWER_SCHEMA,
    )
