"""The questions of one shard go to an answerer; every outcome is durable before the next is awaited."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final, NoReturn, TypeVar

import pyarrow as pa
from tqdm import tqdm

from airloom.llm.answerer import Answerer, StoppedError
from airloom.llm.first_answers import ENOUGH, FirstAnswers
from airloom.llm.outcome import SAYS_NOTHING, Answer, Outcome, Usage
from airloom.llm.store.answer_journal import AnswerJournal
from airloom.llm.store.answer_table import AnswerTable
from airloom.llm.version import LLM, Version
from airloom.progress import say

K = TypeVar("K", bound=tuple[str, ...])
V = TypeVar("V")

STORE_EVERY: Final = 4096
"""Rows of the journal that become one file of the store."""


@dataclass
class AskReport:
    """What came of the questions of one shard.

    Attributes:
        questions: Questions with an outcome.
        repaired: Answers that took a second reply.
        empty: Replies that say nothing.
        unanswered: Questions that were rejected or failed.
        usage: What all of them took.
        stopped: Why the answerer stopped early; empty if it did not.
        warning: That a language model answers every question alike; empty if it does not.
    """

    questions: int = 0
    repaired: int = 0
    empty: int = 0
    unanswered: int = 0
    usage: Usage = field(default_factory=Usage)
    stopped: str = ""
    warning: str = ""

    def add(self, outcomes: Sequence[Outcome[Any, Any]]) -> None:
        """Count outcomes."""
        for outcome in outcomes:
            self.questions += 1
            self.usage = self.usage.plus(outcome.usage)
            if isinstance(outcome, Answer):
                self.repaired += outcome.repaired
                self.empty += not outcome.value
            else:
                self.empty += outcome.reason == SAYS_NOTHING
                self.unanswered += 1

    def note(self) -> str:
        """Return tokens and cost for a progress bar; empty where nothing is counted."""
        tokens = self.usage.tokens_in + self.usage.tokens_out
        return f"{tokens:,} tokens, ${self.usage.usd:,.2f}" if tokens else ""


def ask(
    answerer: Answerer[K, V],
    questions: Iterator[pa.Table],
    *,
    journal: AnswerJournal,
    answers: AnswerTable[V],
    reasoner: str,
    day: date,
    bar: tqdm[NoReturn],
    on_outcomes: Callable[[Sequence[Outcome[K, V]]], None] | None = None,
) -> AskReport:
    """Ask all questions; what was answered is kept whenever and however this ends.

    Args:
        answerer: Who is asked.
        questions: Tables with one question per row.
        journal: Of the answerer's version and this shard, entered.
        answers: The columns of the store.
        reasoner: How the replies come, for the column `reasoner`.
        day: The day of the run, for the column `asked_for`.
        bar: Shows the progress.
        on_outcomes: Called with outcomes after they are durable.

    Returns:
        The counts; a budget that is spent or a server that is gone ends the work with `stopped`.
    """
    report = AskReport()
    first = FirstAnswers()
    stored = 0
    try:
        for outcomes in answerer.answer(questions):
            now = datetime.now(UTC)
            rows = answers.rows(outcomes, version=answerer.version, reasoner=reasoner, day=day, at=now)
            journal.write(rows)
            report.add(outcomes)
            for outcome in outcomes:
                if first.add(outcome) and not answers.may_be_alike:
                    report.warning = _warning(first, answerer.version)
            if on_outcomes:
                on_outcomes(outcomes)
            bar.set_postfix_str(report.note(), refresh=False)
            bar.update(len(outcomes))
            if report.questions - stored >= STORE_EVERY:
                journal.flush()
                stored = report.questions
    except StoppedError as reason:
        report.stopped = str(reason)
    if not report.warning and report.questions < ENOUGH and not answers.may_be_alike:
        report.warning = _warning(first, answerer.version)
    return report


def _warning(first: FirstAnswers, version: Version) -> str:
    """Return what is wrong with a language model's first answers, and say it at once."""
    warning = first.warning(model=version.model) if version.kind == LLM else ""
    if warning:
        say(warning)
    return warning
