"""Recorded replies of a language model, one JSON object a line, taken into the store without any call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from airloom.errors import AirloomError
from airloom.intents.answers import Answer, Version, answer_rows
from airloom.intents.atoms import ATOM_SCHEMA, Atom
from airloom.intents.paths import MAX_LABELS, MAX_PATHS, IntentPath, normalise_label
from airloom.intents.store import REJECTED_SCHEMA, IntentStore
from airloom.logs.contract import CONTENT_ACTIONS
from airloom.logs.lake import Lake

IMPORTED: Final = "imported"
"""Reasoner of answers that were made elsewhere."""

UNRECORDED: Final = "unrecorded"
"""Prompt version of answers whose prompt nobody kept."""

MAX_REPLY: Final = 65_536
"""Characters of one reply; what is longer is not an answer to the prompt."""
_BATCH: Final = 4096
"""Lines between two writes, so that memory does not grow with the file."""


class _Path(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    labels: Annotated[list[str], Field(min_length=1, max_length=MAX_LABELS)]
    confidence: Annotated[float, Field(gt=0.0, le=1.0)]


class _Reply(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    id: Annotated[str, StringConstraints(min_length=1)]
    paths: Annotated[list[_Path], Field(max_length=MAX_PATHS)]


class Reply(NamedTuple):
    """What a model said about one content item."""

    object_id: str
    paths: tuple[IntentPath, ...]


class ImportReport(NamedTuple):
    """What an import did. All but `rejected` count atoms, of which a reply has one for each action.

    Attributes:
        answered: Atoms that got paths.
        empty: Atoms that foretell no purchase.
        rejected: Lines that were put aside with the reason.
        already: Atoms that this version had answered before.
    """

    answered: int
    empty: int
    rejected: int
    already: int


def parse_reply(line: str) -> Reply:
    """Check one line and normalise its labels; paths come strongest first.

    Raises:
        ValueError: The line is no answer; the message is the reason, without the line itself.
    """
    if len(line) > MAX_REPLY:
        raise ValueError(f"longer than {MAX_REPLY} characters")
    try:
        reply = _Reply.model_validate_json(line)
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, fault['loc'])) or 'line'}: {fault['msg']}" for fault in error.errors())
        raise ValueError("; ".join(faults)) from None
    paths = []
    for path in reply.paths:
        labels = tuple(normalise_label(label) for label in path.labels)
        if not all(labels):
            raise ValueError("a label is blank")
        paths.append(IntentPath(labels, path.confidence))
    return Reply(reply.id, tuple(sorted(paths, key=lambda path: (-path.confidence, path.labels))))


def import_replies(
    lake: Lake,
    replies: Path,
    *,
    model: str,
    prompt: str = UNRECORDED,
    actions: Sequence[str] = CONTENT_ACTIONS,
) -> ImportReport:
    """Take the file `replies` into the store; importing it again adds nothing.

    Args:
        lake: Where the store is.
        replies: JSON Lines, `{"id": object id, "paths": [{"labels": [...], "confidence": 0.6}]}`.
        model: Name of the model that answered.
        prompt: Version of the prompt that it answered to (see `airloom.intents.prompt`).
        actions: What the prompt asked about: each reply answers one atom for each of them.

    Raises:
        AirloomError: The file is absent, unreadable, empty or not UTF-8.
    """
    store, version = IntentStore(lake), Version(IMPORTED, model, prompt)
    known = store.answered_ids([version.folder])
    counts = {"answered": 0, "empty": 0, "rejected": 0, "already": 0}
    for batch in _batches(replies):
        atoms: list[Atom] = []
        answers: list[Answer] = []
        rejected: list[dict[str, object]] = []
        for number, line in batch:
            try:
                reply = parse_reply(line)
            except ValueError as reason:
                rejected.append({"line": number, "reason": str(reason), "reply": line[:MAX_REPLY]})
                continue
            for atom in (Atom(action, reply.object_id) for action in actions):
                if atom.atom_id in known:
                    counts["already"] += 1
                    continue
                known.add(atom.atom_id)
                atoms.append(atom)
                answers.append(Answer(reply.paths))
                counts["answered" if reply.paths else "empty"] += 1
        if atoms:
            store.append(version, answer_rows(_table(atoms), answers, version=version))
        if rejected:
            store.reject(version, pa.Table.from_pylist(rejected, schema=REJECTED_SCHEMA))
            counts["rejected"] += len(rejected)
    return ImportReport(**counts)


def _table(atoms: Sequence[Atom]) -> pa.Table:
    rows = [{"atom_id": atom.atom_id, **atom._asdict()} for atom in atoms]
    return pa.Table.from_pylist(
        rows, schema=pa.schema([field for field in ATOM_SCHEMA if field.name != "title"])
    )


def _batches(replies: Path) -> Iterator[list[tuple[int, str]]]:
    batch: list[tuple[int, str]] = []
    number = 0
    try:
        with replies.open(encoding="utf-8") as stream:
            for number, line in enumerate(stream, start=1):
                if line.strip():
                    batch.append((number, line.rstrip("\r\n")))
                if len(batch) == _BATCH:
                    yield batch
                    batch = []
    except FileNotFoundError:
        raise AirloomError(
            f"There is no file {replies}", do="Give the JSON Lines file with the replies"
        ) from None
    except OSError as error:
        raise AirloomError(
            f"{replies} cannot be read ({error.strerror})", do="Give a JSON Lines file that you may read"
        ) from error
    except UnicodeDecodeError as error:
        raise AirloomError(
            f"{replies} is not UTF-8 after line {number} ({error.reason})", do="Convert the file to UTF-8"
        ) from error
    if batch:
        yield batch
    if number == 0:
        raise AirloomError(f"{replies} is empty", do="Give the JSON Lines file with the replies")
