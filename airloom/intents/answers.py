"""What a reasoner says about atoms, and the rows that the intent store keeps of it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

import pyarrow as pa

from airloom.intents.atoms import Atom
from airloom.intents.paths import IntentPath
from airloom.logs.contract import TIMESTAMP

SCHEMA_VERSION: Final = "2"
"""Part of every version; raise it when the meaning of a stored answer changes."""

LLM: Final = "llm"
STUDENT: Final = "student"
ENCODER: Final = "encoder"
KINDS: Final = (LLM, STUDENT, ENCODER)
"""Kinds of versions; where several have answered an atom, those of an earlier kind count first."""

ANSWERED: Final = "answered"
EMPTY: Final = "empty"
"""Status of an atom that the reasoner read and that foretells no purchase."""
REJECTED: Final = "rejected"
"""Status of an atom whose reply is no answer, also after the repair; it is not asked again."""
FAILED: Final = "failed"
"""Status of an atom that got no reply; the next run asks again."""

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
        ("reason", pa.string()),
        ("raw", pa.string()),
        ("reasoner", pa.string()),
        ("model", pa.string()),
        ("prompt_version", pa.string()),
        ("calls", pa.int64()),
        ("repaired", pa.bool_()),
        ("tokens_in", pa.int64()),
        ("tokens_out", pa.int64()),
        ("usd", pa.float64()),
        ("asked_for", pa.date32()),
        ("answered_at", TIMESTAMP),
    ]
)
"""One row an atom of a version. `reason` says why a reply was put aside, `asked_for` is the day of the run
that asked; `answered_at` is the one column that differs when the same is done again."""


class Version(NamedTuple):
    """What made a set of answers; two versions never mix.

    It does not matter who asked: answers of one model to one prompt are one version, whether they came over
    HTTP, from this process or in a file.

    Attributes:
        kind: One of `KINDS`.
        model: Name of the model.
        prompt: Version of the prompt, or of the method where there is no prompt.
    """

    kind: str
    model: str
    prompt: str

    @property
    def folder(self) -> str:
        """A readable name that is unique to this version, the kind first."""
        digest = hashlib.sha256("\0".join((*self, SCHEMA_VERSION)).encode()).hexdigest()[:12]
        return f"{self.kind}-{re.sub(r'[^A-Za-z0-9.]+', '-', self.model)[:40]}-{digest}"


class Usage(NamedTuple):
    """What it took to get a reply.

    Attributes:
        calls: Requests to a language model, failed ones and the repair included.
        tokens_in: Tokens read, as the model counted them.
        tokens_out: Tokens written.
        usd: Their price.
    """

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    usd: float = 0.0

    def plus(self, other: Usage) -> Usage:
        """Both together."""
        return Usage(
            self.calls + other.calls,
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            self.usd + other.usd,
        )


class Answer(NamedTuple):
    """A reply that can be used.

    Attributes:
        atom: What was asked about.
        paths: Strongest first; empty where the event foretells no purchase.
        raw: The reply as it came, empty where there is none to show.
        repaired: Whether the model had to be told what was wrong with its first reply.
        usage: What it took.
    """

    atom: Atom
    paths: tuple[IntentPath, ...]
    raw: str = ""
    repaired: bool = False
    usage: Usage = Usage()

    @property
    def status(self) -> str:
        """`ANSWERED` or `EMPTY`."""
        return ANSWERED if self.paths else EMPTY


class Rejection(NamedTuple):
    """An atom without an answer, and why.

    Attributes:
        atom: What was asked about; None where the reply does not say.
        status: `REJECTED` or `FAILED`.
        reason: For a person, without the reply itself.
        raw: The reply as it came, cut to a bearable length.
        usage: What it took.
    """

    atom: Atom | None
    status: str
    reason: str
    raw: str = ""
    usage: Usage = Usage()


Outcome = Answer | Rejection


def outcome_rows(
    outcomes: Iterable[Outcome],
    *,
    version: Version,
    reasoner: str,
    day: date | None = None,
    at: datetime | None = None,
) -> list[dict[str, Any]]:
    """What a journal keeps of outcomes: JSON-able dictionaries with the names of `ANSWER_SCHEMA`.

    Args:
        outcomes: Of one version.
        version: Theirs.
        reasoner: How the replies came: `openai`, `transformers`, `imported`, ...
        day: The day of the run that asked.
        at: When the replies came.
    """
    when = {"asked_for": day and day.isoformat(), "answered_at": at and at.isoformat()}
    return [_row(outcome, version, reasoner) | when for outcome in outcomes]


def answer_table(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """The rows of `outcome_rows` as a table (`ANSWER_SCHEMA`)."""
    read = {"asked_for": date.fromisoformat, "answered_at": datetime.fromisoformat}
    return pa.Table.from_pylist(
        [{**row, **{name: parse(row[name]) for name, parse in read.items() if row[name]}} for row in rows],
        schema=ANSWER_SCHEMA,
    )


def _row(outcome: Outcome, version: Version, reasoner: str) -> dict[str, Any]:
    atom = outcome.atom
    told: dict[str, Any] = {"paths": [], "reason": None, "repaired": False}
    if isinstance(outcome, Answer):
        told |= {"paths": [path._asdict() for path in outcome.paths], "repaired": outcome.repaired}
    else:
        told |= {"reason": outcome.reason}
    return {
        "atom_id": atom.atom_id if atom else None,
        **dict(zip(Atom._fields, atom or (None, None, None), strict=True)),
        "status": outcome.status,
        "raw": outcome.raw,
        "reasoner": reasoner,
        "model": version.model,
        "prompt_version": version.prompt,
        **told,
        **outcome.usage._asdict(),
    }
