"""The answerer that asks a language model over HTTP: one question a chat, many at once, one repair."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, Final, Generic, TypeVar

import pyarrow as pa

from airloom.errors import AirloomError
from airloom.llm.answerer import StoppedError
from airloom.llm.outcome import FAILED, REJECTED, Answer, Outcome, Unanswered
from airloom.llm.prompt import Message
from airloom.llm.reply_format import MAX_REPLY
from airloom.llm.server.budget import Budget, BudgetSpentError
from airloom.llm.server.chat_client import ChatClient, Completion, NoReplyError
from airloom.llm.server.throttle import CancelledError, Throttle
from airloom.llm.settings import OpenAISettings
from airloom.llm.task import Task
from airloom.llm.version import LLM, Version

K = TypeVar("K", bound=tuple[str, ...])
V = TypeVar("V")

MAX_QUOTED: Final = 2000
"""Characters of an invalid reply that the model is shown again."""


class ServerAnswerer(Generic[K, V]):
    """Any server that speaks the OpenAI protocol.

    Args:
        task: What is asked.
        settings: Where the server is and how it is asked.
        budget_usd: What its replies may cost; None for no limit.

    Raises:
        AirloomError: The settings name no address, or no readable file with the key.
    """

    def __init__(self, task: Task[K, V], settings: OpenAISettings, *, budget_usd: float | None) -> None:
        self._task = task
        self._settings = settings
        self._throttle = Throttle(settings.requests_per_minute, at_once=settings.concurrency)
        self._client = ChatClient(settings, budget=Budget(budget_usd), throttle=self._throttle)

    @property
    def version(self) -> Version:
        """The model and the prompt; which server runs the model does not matter."""
        return Version(
            LLM, self._settings.model, self._task.prompt_version, self._task.answers.schema_version
        )

    def answer(self, chunks: Iterator[pa.Table]) -> Iterator[Sequence[Outcome[K, V]]]:
        """Yield each outcome as soon as it comes.

        Raises:
            StoppedError: The budget is spent, or many requests in a row got no reply.
            AirloomError: The server says that the key, the address or the model is wrong.
        """
        questions = (row for chunk in chunks for row in chunk.to_pylist())
        question = next(questions, None)
        waiting: set[Future[Outcome[K, V]]] = set()
        stop: AirloomError | None = None
        failed_in_a_row = 0
        pool = ThreadPoolExecutor(self._settings.concurrency, thread_name_prefix=self._task.reply.name)
        try:
            while waiting or (question and not stop):
                while question and not stop and len(waiting) < 2 * self._settings.concurrency:
                    waiting.add(pool.submit(self._ask, question))
                    question = next(questions, None)
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    try:
                        outcome = future.result()
                    except CancelledError:
                        continue
                    except BudgetSpentError as spent:
                        stop = stop or StoppedError(
                            str(spent), do="Check the prices and the server's counts, or raise budget_usd"
                        )
                        continue
                    except AirloomError as error:
                        stop = error
                        self._throttle.stop()
                        continue
                    yield [outcome]
                    failed_in_a_row = failed_in_a_row + 1 if outcome.status == FAILED else 0
                    if isinstance(outcome, Unanswered) and failed_in_a_row >= self._settings.concurrency:
                        stop = stop or self._no_replies(outcome)
                        self._throttle.stop()
        finally:
            self._throttle.stop()
            pool.shutdown(cancel_futures=True)
            self._client.close()
        if stop:
            raise stop

    def replies(self, chats: Sequence[list[Message]]) -> list[str]:
        """Return the reply to each chat, in order; empty where none came.

        Raises:
            BudgetSpentError: The budget is spent.
            AirloomError: The server says that the key, the address or the model is wrong.
        """
        with ThreadPoolExecutor(self._settings.concurrency, thread_name_prefix=self._task.reply.name) as pool:
            return list(pool.map(self._text_of, chats))

    def _text_of(self, chat: list[Message]) -> str:
        try:
            return self._client.complete(chat, reply=self._task.reply).text
        except NoReplyError:
            return ""

    def _ask(self, question: Mapping[str, Any]) -> Outcome[K, V]:
        key = self._task.key(question)
        messages = self._task.messages(question)
        try:
            first = self._client.complete(messages, reply=self._task.reply)
        except NoReplyError as reason:
            return Unanswered(key, FAILED, str(reason), usage=reason.usage)
        try:
            return Answer(key, self._value(first), first.text, usage=first.usage)
        except ValueError as fault:
            return self._repair(key, messages, first, str(fault))

    def _repair(self, key: K, messages: list[Message], first: Completion, fault: str) -> Outcome[K, V]:
        """Show the model its reply and what is wrong with it, once."""
        raw = first.text[:MAX_REPLY]
        reply: Message = {"role": "assistant", "content": first.text[:MAX_QUOTED] or "-"}
        request: Message = {
            "role": "user",
            "content": f"{fault}. Reply again: the JSON object alone, valid.",
        }
        try:
            second = self._client.complete([*messages, reply, request], reply=self._task.reply)
        except (BudgetSpentError, CancelledError):
            return Unanswered(key, FAILED, f"{fault}; stopped before the repair", raw, first.usage)
        except NoReplyError as reason:
            usage = first.usage.plus(reason.usage)
            return Unanswered(key, FAILED, f"{fault}; no repair: {reason}", raw, usage)
        usage = first.usage.plus(second.usage)
        try:
            return Answer(key, self._value(second), second.text, repaired=True, usage=usage)
        except ValueError as again:
            both = f"{fault}; after the repair: {again}"
            return Unanswered(key, REJECTED, both, second.text[:MAX_REPLY], usage)

    def _value(self, completion: Completion) -> V:
        """Return what a reply says.

        Raises:
            ValueError: It is not valid; the message says why.
        """
        if completion.cut:
            raise ValueError("the reply was cut off at max_tokens")
        return self._task.reply.parse(completion.text)

    def _no_replies(self, last: Unanswered[K]) -> StoppedError:
        return StoppedError(
            f"{self._settings.concurrency} requests in a row to {self._settings.base_url} got no reply "
            f"({last.reason})",
            do="See that the server works, and run again: what was answered is kept",
        )
