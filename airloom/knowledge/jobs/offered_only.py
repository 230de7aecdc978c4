"""An answerer whose questions offer terms, and whose answers can hold no others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from airloom.knowledge.agents.answers import AgentKey
from airloom.knowledge.agents.remarks import Remarks, Statement
from airloom.knowledge.agents.task import OPTIONS
from airloom.llm.answerer import Answerer
from airloom.llm.outcome import Answer, Outcome
from airloom.llm.version import Version

Options: TypeAlias = Callable[[pa.Table], list[list[str]]]
"""Returns the options of each question of a chunk."""


class OfferedOnly:
    """Adds options to questions, and takes out of the answers what their own question did not offer.

    A question without options is not asked. The reply stays in the store as it came, and `reason` says how
    many of its values were not offered.

    Args:
        answerer: Who is asked.
        options: What the questions offer.
    """

    def __init__(self, answerer: Answerer[AgentKey, Remarks], *, options: Options) -> None:
        self._answerer, self._options = answerer, options

    @property
    def version(self) -> Version:
        """The version of the other."""
        return self._answerer.version

    def answer(self, chunks: Iterator[pa.Table]) -> Iterator[Sequence[Outcome[AgentKey, Remarks]]]:
        """Yield its outcomes; what it raises passes."""
        offered: dict[str, frozenset[str]] = {}

        def questions() -> Iterator[pa.Table]:
            for chunk in chunks:
                options = self._options(chunk)
                offered.update(zip(chunk["object_id"].to_pylist(), map(frozenset, options), strict=True))
                yield with_options(chunk, options)

        for outcomes in self._answerer.answer(questions()):
            yield [_kept(outcome, offered.pop(outcome.key.object_id)) for outcome in outcomes if outcome.key]


def with_options(questions: pa.Table, options: list[list[str]]) -> pa.Table:
    """Return questions with their options, without those that offer nothing."""
    asked = questions.append_column(OPTIONS, pa.array(options, pa.list_(pa.string())))
    return asked.filter(pc.greater(pc.list_value_length(asked[OPTIONS]), 0))


def _kept(outcome: Outcome[AgentKey, Remarks], offered: frozenset[str]) -> Outcome[AgentKey, Remarks]:
    if not isinstance(outcome, Answer):
        return outcome
    kept = tuple(
        remark for remark in outcome.value if isinstance(remark, Statement) and remark.value in offered
    )
    if dropped := len(outcome.value) - len(kept):
        return outcome._replace(value=kept, reason=f"{dropped} values that were not offered")
    return outcome
