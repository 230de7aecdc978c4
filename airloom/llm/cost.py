"""What open questions will take, estimated before anything is spent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeVar

import pyarrow.compute as pc

from airloom.llm.outcome import ANSWERED
from airloom.llm.store.answer_store import AnswerStore
from airloom.llm.task import Task
from airloom.llm.version import Version

K = TypeVar("K", bound=tuple[str, ...])
V = TypeVar("V")

BYTES_PER_TOKEN: Final = 4.0
TOKENS_PER_REPLY: Final = 80.0
"""Assumed until replies have been counted; the sample world's recorded replies have 63 on average."""
MIN_MEASURED: Final = 30
"""Answers of a version from which their own mean counts instead."""


class Cost(NamedTuple):
    """What open questions cost.

    Attributes:
        calls: Requests, one an open question, repairs not counted.
        tokens_in: Tokens that the model will read.
        tokens_out: Tokens that it will write.
        usd: Their price.
        measured: Whether tokens were derived from answers that this version gave before; else from the length
            of the prompts.
    """

    calls: int
    tokens_in: int
    tokens_out: int
    usd: float
    measured: bool

    def hours(self, tokens_per_second: float) -> float:
        """Return the duration at a server's throughput, tokens read and written together."""
        return (self.tokens_in + self.tokens_out) / tokens_per_second / 3600


class TokenMeans(NamedTuple):
    """Tokens of one question on average.

    Attributes:
        tokens_in: That the model reads.
        tokens_out: That it writes.
        measured: Whether they were counted.
    """

    tokens_in: float
    tokens_out: float
    measured: bool


def measured_tokens(store: AnswerStore[Any], version: Version) -> TokenMeans | None:
    """Return what the answers of a version took; None while they are too few."""
    counted = ("tokens_in", "tokens_out")
    answers = store.rows_of(version.folder, status=ANSWERED, columns=counted)
    answers = answers.filter(pc.greater(answers["tokens_out"], 0))
    if answers.num_rows < MIN_MEASURED:
        return None
    tokens_in, tokens_out = (float(pc.mean(answers[name]).as_py()) for name in counted)
    return TokenMeans(tokens_in, tokens_out, measured=True)


def estimated_tokens(task: Task[K, V], sample: Sequence[Mapping[str, Any]]) -> TokenMeans:
    """Return the mean number of tokens of the prompts about some questions, estimated from their bytes."""
    sizes = [len(message["content"].encode()) for question in sample for message in task.messages(question)]
    return TokenMeans(sum(sizes) / max(len(sample), 1) / BYTES_PER_TOKEN, TOKENS_PER_REPLY, measured=False)
