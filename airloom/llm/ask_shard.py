"""The open questions of one shard go to an answerer; what a killed run was answered is not asked again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import date
from typing import NamedTuple, TypeVar

from airloom.errors import AirloomError
from airloom.llm.answerer import Answerer
from airloom.llm.ask import AskReport, ask
from airloom.llm.keys import Shard
from airloom.llm.known_questions import KnownQuestions
from airloom.llm.outcome import Outcome
from airloom.llm.store.answer_store import AnswerStore
from airloom.llm.version import Version
from airloom.progress import progress_bar

K = TypeVar("K", bound=tuple[str, ...])
V = TypeVar("V")


class ShardWork(NamedTuple):
    """What was done for one shard.

    Attributes:
        questions: Questions of the shard, open or not.
        missing: Those that were open.
        report: What came of them.
    """

    questions: int
    missing: int
    report: AskReport

    @property
    def left(self) -> int:
        """Open questions without an outcome, because the answerer stopped early."""
        return self.missing - self.report.questions


def ask_shard(
    store: AnswerStore[V],
    *,
    version: Version,
    shard: Shard,
    day: date,
    reasoner: str,
    known: Callable[[], AbstractContextManager[KnownQuestions]],
    answerer: Callable[[], Answerer[K, V]],
    on_outcomes: Callable[[Sequence[Outcome[K, V]]], None] | None = None,
) -> ShardWork:
    """Ask what is open; every outcome is durable before the next is awaited.

    Args:
        store: Of the task.
        version: Of the answerer, known before it is made.
        shard: Which questions.
        day: The day of the run.
        reasoner: How the replies come, for the column `reasoner` and the progress.
        known: Opens the questions; called when the answers of a killed run are in the store.
        answerer: Makes the answerer; called only if something is open.
        on_outcomes: Called with outcomes after they are durable.

    Raises:
        AirloomError: Another process asks the same questions, or the answerer is of another version.
    """
    with store.journal(version, shard=shard) as journal:
        store.prefer(version)
        with known() as questions:
            missing = questions.open_by_shard(shard.of).get(shard.number, 0)
            count = questions.count(shard)
            if not missing:
                return ShardWork(count, 0, AskReport())
            asked = answerer()
            if asked.version != version:
                raise AirloomError(f"The reasoner {reasoner} was replaced meanwhile", do="Run again")
            with progress_bar(what=f"{reasoner} reads", total=missing, unit="questions") as bar:
                report = ask(
                    asked,
                    questions.open_chunks(shard),
                    journal=journal,
                    answers=store.answers,
                    reasoner=reasoner,
                    day=day,
                    bar=bar,
                    on_outcomes=on_outcomes,
                )
            return ShardWork(count, missing, report)
