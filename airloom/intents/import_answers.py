"""Takes answers that were made elsewhere into the store: by another cluster, a batch API, a script."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from airloom.errors import AirloomError
from airloom.intents.answer_lines import MAX_LINE, Read, read_line
from airloom.intents.answers import (
    ANSWERED,
    EMPTY,
    LLM,
    REJECTED,
    Answer,
    Rejection,
    Version,
    answer_table,
    outcome_rows,
)
from airloom.intents.store import IntentStore
from airloom.logs.lake import Lake

IMPORTED: Final = "imported"
"""Reasoner of answers that were made elsewhere."""

UNRECORDED: Final = "unrecorded"
"""Prompt version of answers whose prompt nobody kept."""

_BATCH: Final = 4096
"""Lines between two writes, so that memory does not grow with the file."""


class ImportReport(NamedTuple):
    """What an import did. All but `rejected` count atoms, of which a line may answer several.

    Attributes:
        answered: Atoms that got paths.
        empty: Atoms that foretell no purchase.
        rejected: Lines that were put aside with the reason.
        already: Atoms that their version had answered before.
    """

    answered: int
    empty: int
    rejected: int
    already: int


def import_answers(lake: Lake, file: Path, *, model: str = "", prompt: str = UNRECORDED) -> ImportReport:
    """Take the lines of `file` into the store; importing it again adds nothing.

    Args:
        lake: Where the store is.
        file: JSON Lines in UTF-8: `{"id": object id, "paths": [{"labels": [...], "confidence": 0.6}]}`, what
            `export_answers` wrote, or what a batch API made of `write_questions`.
        model: Name of the model that answered, for lines that do not say it.
        prompt: Version of the prompt that it answered to, likewise.

    Raises:
        AirloomError: The file is absent, unreadable, empty or not UTF-8, or nobody says which model answered.
    """
    store = IntentStore(lake)
    ids_of = cache(store.answered_ids)  # read once a version, then added to
    new: dict[Version, None] = {}
    counts = dict.fromkeys(ImportReport._fields, 0)
    for lines in _batches(file):
        rows: dict[Version, list[dict[str, Any]]] = defaultdict(list)
        for number, line in lines:
            try:
                read = read_line(line)
            except ValueError as fault:
                read = Read([Rejection(None, REJECTED, f"line {number}: {fault}", line[:MAX_LINE])])
            version = Version(LLM, read.model or model, read.prompt or prompt)
            if not version.model:
                raise AirloomError(
                    f"Line {number} of {file} does not say which model answered", do="Name it with --model"
                )
            ids = ids_of(version)
            for outcome in read.outcomes:
                if isinstance(outcome, Answer) and outcome.atom.atom_id in ids:
                    counts["already"] += 1
                    continue
                if isinstance(outcome, Answer):
                    ids.add(outcome.atom.atom_id)
                    new[version] = None
                counts[outcome.status if outcome.status in (ANSWERED, EMPTY) else "rejected"] += 1
                rows[version] += outcome_rows([outcome], version=version, reasoner=IMPORTED)
        for version, own in rows.items():
            store.append(version, answer_table(own))
    for version in new:  # what only repeats itself does not come to count first
        store.prefer(version)
    return ImportReport(**counts)


def check_answers(file: Path) -> None:
    """Look for one answer in `file`, so that a wrong file is refused before anything long begins.

    Raises:
        AirloomError: See `import_answers`; or no line is an answer.
    """
    first = ""
    for lines in _batches(file):
        for number, line in lines:
            try:
                read = read_line(line)
            except ValueError as fault:
                first = first or f"line {number}: {fault}"
                continue
            if any(isinstance(outcome, Answer) for outcome in read.outcomes):
                return
            first = first or f"line {number} holds none"
    raise AirloomError(
        f"No line of {file} is an answer ({first})",
        do="Give JSON Lines as `airloom intents export` writes them",
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
