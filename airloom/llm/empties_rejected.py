"""An answerer whose empty replies are no answers, so that somebody else may read their questions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

import pyarrow as pa

from airloom.llm.answerer import Answerer
from airloom.llm.outcome import REJECTED, SAYS_NOTHING, Answer, Outcome, Unanswered
from airloom.llm.version import Version

K = TypeVar("K", bound=tuple[str, ...])
V = TypeVar("V")


class EmptiesRejected(Generic[K, V]):
    """Rejects what another answerer answers with nothing.

    Args:
        answerer: The other one.
    """

    def __init__(self, answerer: Answerer[K, V]) -> None:
        self._answerer = answerer

    @property
    def version(self) -> Version:
        """The version of the other."""
        return self._answerer.version

    def answer(self, chunks: Iterator[pa.Table]) -> Iterator[Sequence[Outcome[K, V]]]:
        """Yield its outcomes; what it raises passes."""
        for outcomes in self._answerer.answer(chunks):
            yield [_rejected_if_empty(outcome) for outcome in outcomes]


def _rejected_if_empty(outcome: Outcome[K, V]) -> Outcome[K, V]:
    if isinstance(outcome, Answer) and not outcome.value:
        return Unanswered(outcome.key, REJECTED, SAYS_NOTHING, outcome.raw, outcome.usage)
    return outcome
