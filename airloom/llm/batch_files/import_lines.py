"""Loads answers that were made elsewhere into a store: by a batch API, another lake, a script."""

from __future__ import annotations

import gzip
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Final, NamedTuple, TextIO, TypeAlias, TypeVar

from airloom.errors import AirloomError
from airloom.llm.batch_files.batch_line import MAX_LINE, AnswerLine
from airloom.llm.keys import key_id
from airloom.llm.outcome import ANSWERED, EMPTY, REJECTED, Answer, Unanswered
from airloom.llm.prompt import is_prompt_version
from airloom.llm.store.answer_store import AnswerStore
from airloom.llm.version import LLM, Version

K = TypeVar("K", bound=tuple[str, ...])
V = TypeVar("V")

IMPORTED: Final = "imported"
"""Column `reasoner` of answers that were made elsewhere."""

UNRECORDED: Final = "unrecorded"
"""Prompt version of answers whose prompt was not kept."""

_BATCH: Final = 4096
"""Lines between two writes, so that memory does not grow with the file."""

LineReader: TypeAlias = Callable[[str], AnswerLine[K, V]]
"""Reads one line, or raises ValueError with the reason why it is not an answer."""


class ImportReport(NamedTuple):
    """What an import did. All but `rejected` count questions, of which a line may answer several.

    Attributes:
        answered: Questions that got an answer.
        empty: Questions whose answer is that there is nothing to say.
        rejected: Lines that were rejected with the reason.
        already: Questions that their version had answered before.
        unknown: Questions, answered now, that are about nothing in the lake.
        other_prompts: Questions, answered now, whose line names a prompt that cannot be a version of one.
    """

    answered: int
    empty: int
    rejected: int
    already: int
    unknown: int = 0
    other_prompts: int = 0


def import_lines(
    store: AnswerStore[V],
    file: Path,
    *,
    read_line: LineReader[Any, V],
    model: str = "",
    prompt: str = UNRECORDED,
    unknown_of: Callable[[Sequence[Any]], int] = lambda _: 0,
) -> ImportReport:
    """Load the lines of `file` into the store; importing it again adds nothing.

    Args:
        store: Of the task.
        file: JSON Lines in UTF-8; packed with gzip if its name ends in `.gz`.
        read_line: Reads one of them.
        model: Name of the model that answered, for lines that do not say it.
        prompt: Version of the prompt that it answered to, likewise.
        unknown_of: Returns how many of some keys are about nothing in the lake; their answers are kept.

    Raises:
        AirloomError: The file is absent, unreadable, empty or not UTF-8, or a line does not say which model
            answered and neither does `model`.
    """
    ids_of = cache(store.answered_ids)  # read once a version, then added to
    new: dict[Version, None] = {}
    counts = dict.fromkeys(ImportReport._fields, 0)
    for lines in _batches(file):
        rows: dict[Version, list[dict[str, Any]]] = defaultdict(list)
        keys: list[Any] = []
        for number, line in lines:
            try:
                read = read_line(line)
            except ValueError as fault:
                read = AnswerLine([Unanswered(None, REJECTED, f"line {number}: {fault}", line[:MAX_LINE])])
            version = Version(LLM, read.model or model, read.prompt or prompt, store.answers.schema_version)
            if not version.model:
                raise AirloomError(
                    f"Line {number} of {file} does not say which model answered", do="Name it with --model"
                )
            ids = ids_of(version)
            for outcome in read.outcomes:
                if isinstance(outcome, Answer) and key_id(outcome.key) in ids:
                    counts["already"] += 1
                    continue
                if isinstance(outcome, Answer):
                    ids.add(key_id(outcome.key))
                    keys.append(outcome.key)
                    counts["other_prompts"] += not (
                        version.prompt == UNRECORDED or is_prompt_version(version.prompt)
                    )
                    new[version] = None
                counts[outcome.status if outcome.status in (ANSWERED, EMPTY) else "rejected"] += 1
                rows[version] += store.answers.rows([outcome], version=version, reasoner=IMPORTED)
        counts["unknown"] += unknown_of(keys)
        for version, own in rows.items():
            store.append(version, store.answers.table(own))
    for version in new:  # a version that only repeats itself does not come to count first
        store.prefer(version)
    return ImportReport(**counts)


def check_lines(file: Path, *, read_line: LineReader[Any, Any], do: str) -> None:
    """Look for one answer in `file`, so that a wrong file is refused before anything long begins.

    Args:
        file: JSON Lines.
        read_line: Reads one of them.
        do: What a user should give instead.

    Raises:
        AirloomError: See `import_lines`; or no line is an answer.
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
    raise AirloomError(f"No line of {file} is an answer ({first})", do=do)


def _open(file: Path) -> TextIO:
    if file.suffix == ".gz":
        return TextIOWrapper(gzip.open(file), encoding="utf-8")
    return file.open(encoding="utf-8")


def _batches(file: Path) -> Iterator[list[tuple[int, str]]]:
    batch: list[tuple[int, str]] = []
    number = 0
    try:
        with _open(file) as stream:
            for number, line in enumerate(stream, start=1):
                if line.strip():
                    batch.append((number, line.rstrip("\r\n")))
                if len(batch) == _BATCH:
                    yield batch
                    batch = []
    except FileNotFoundError:
        raise AirloomError(
            f"There is no file {file}", do="Give the JSON Lines file with the replies"
        ) from None
    except (OSError, EOFError, zlib.error) as error:  # the last two, and one without strerror, of gzip
        reason = getattr(error, "strerror", None) or error
        raise AirloomError(
            f"{file} cannot be read ({reason})", do="Give a JSON Lines file that you may read"
        ) from error
    except UnicodeDecodeError as error:
        raise AirloomError(
            f"{file} is not UTF-8 after line {number} ({error.reason})", do="Convert the file to UTF-8"
        ) from error
    if batch:
        yield batch
    if number == 0:
        raise AirloomError(f"{file} is empty", do="Give the JSON Lines file with the replies")
