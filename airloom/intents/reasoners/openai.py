"""The reasoner that asks a language model over HTTP: one atom a chat, many at once, one repair."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, Final

import pyarrow as pa

from airloom.errors import AirloomError
from airloom.intents.answers import FAILED, LLM, REJECTED, Answer, Outcome, Rejection, Version
from airloom.intents.atoms import Atom
from airloom.intents.paths import IntentPath
from airloom.intents.prompt import Message, Prompt
from airloom.intents.reasoners.budget import Budget, BudgetSpentError
from airloom.intents.reasoners.chat_server import ChatServer, Completion, NoReplyError
from airloom.intents.reasoners.reasoner import StoppedError
from airloom.intents.reasoners.throttle import AbandonedError, Throttle
from airloom.intents.replies import MAX_REPLY, parse_reply
from airloom.intents.settings import OpenAISettings

SHOWN: Final = 2000
"""Characters of a faulty reply that the model is shown again."""


class OpenAIReasoner:
    """Any server that speaks the OpenAI protocol.

    Args:
        settings: Where it is and how it is asked.
        prompt: What it is asked.
        sections: The shop's top categories.
        budget_usd: What its replies may cost; None for no limit.
    """

    def __init__(
        self, settings: OpenAISettings, prompt: Prompt, *, sections: Sequence[str], budget_usd: float | None
    ) -> None:
        self._settings = settings
        self._prompt = prompt
        self._sections = sections
        self._throttle = Throttle(settings.requests_per_minute)
        self._server = ChatServer(settings, budget=Budget(budget_usd), throttle=self._throttle)

    @property
    def version(self) -> Version:
        """The model and the prompt; which server runs the model does not matter."""
        return Version(LLM, self._settings.model, self._prompt.version)

    def read(self, chunks: Iterator[pa.Table]) -> Iterator[Sequence[Outcome]]:
        """Each outcome as soon as it comes.

        Raises:
            StoppedError: The budget is spent, or many requests one after the other got no reply.
            AirloomError: The server says that the key, the address or the model is wrong.
        """
        atoms = (row for chunk in chunks for row in chunk.to_pylist())
        row = next(atoms, None)
        waiting: set[Future[Outcome]] = set()
        stop: AirloomError | None = None
        failed_in_a_row = 0
        pool = ThreadPoolExecutor(self._settings.concurrency, thread_name_prefix="reasoner")
        try:
            while waiting or (row and not stop):
                while row and not stop and len(waiting) < 2 * self._settings.concurrency:
                    waiting.add(pool.submit(self._ask, row))
                    row = next(atoms, None)
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    try:
                        outcome = future.result()
                    except AbandonedError:
                        continue
                    except BudgetSpentError:
                        stop = stop or StoppedError("The budget is spent", do="Raise budget_usd to go on")
                        continue
                    except AirloomError as error:
                        stop = error
                        self._throttle.stop()
                        continue
                    yield [outcome]
                    failed_in_a_row = failed_in_a_row + 1 if outcome.status == FAILED else 0
                    if isinstance(outcome, Rejection) and failed_in_a_row >= self._settings.concurrency:
                        stop = stop or self._no_replies(outcome)
                        self._throttle.stop()
        finally:
            self._throttle.stop()
            pool.shutdown(cancel_futures=True)
            self._server.close()
        if stop:
            raise stop

    def replies(self, chats: Sequence[list[Message]]) -> list[str]:
        """The reply to each chat, in order; empty where none came.

        Raises:
            BudgetSpentError: The budget is spent.
            AirloomError: The server says that the key, the address or the model is wrong.
        """
        with ThreadPoolExecutor(self._settings.concurrency, thread_name_prefix="reasoner") as pool:
            return list(pool.map(self._reply, chats))

    def _reply(self, chat: list[Message]) -> str:
        try:
            return self._server.complete(chat).text
        except NoReplyError:
            return ""

    def _ask(self, row: Mapping[str, Any]) -> Outcome:
        atom = Atom(row["action"], row["object_id"], row["profile_bucket"])
        messages = self._prompt.ask(
            atom, title=row["title"], description=row["description"], sections=self._sections
        )
        try:
            first = self._server.complete(messages)
        except NoReplyError as reason:
            return Rejection(atom, FAILED, str(reason), usage=reason.usage)
        try:
            return Answer(atom, _paths(first), first.text, usage=first.usage)
        except ValueError as fault:
            return self._repair(atom, messages, first, str(fault))

    def _repair(self, atom: Atom, messages: list[Message], first: Completion, fault: str) -> Outcome:
        raw = first.text[:MAX_REPLY]
        shown: Message = {"role": "assistant", "content": first.text[:SHOWN] or "-"}
        told: Message = {"role": "user", "content": f"{fault}. Reply again: the JSON object alone, valid."}
        try:
            second = self._server.complete([*messages, shown, told])
        except (BudgetSpentError, AbandonedError):
            return Rejection(atom, FAILED, f"{fault}; stopped before the repair", raw, first.usage)
        except NoReplyError as reason:
            return Rejection(
                atom, FAILED, f"{fault}; no repair: {reason}", raw, first.usage.plus(reason.usage)
            )
        usage = first.usage.plus(second.usage)
        try:
            return Answer(atom, _paths(second), second.text, repaired=True, usage=usage)
        except ValueError as again:
            both = f"{fault}; after the repair: {again}"
            return Rejection(atom, REJECTED, both, second.text[:MAX_REPLY], usage)

    def _no_replies(self, last: Rejection) -> StoppedError:
        return StoppedError(
            f"{self._settings.concurrency} requests in a row to {self._settings.base_url} got no reply "
            f"({last.reason})",
            do="See that the server works, and run again: what was answered is kept",
        )


def _paths(completion: Completion) -> tuple[IntentPath, ...]:
    """The paths of a reply.

    Raises:
        ValueError: It is no answer; the message says why.
    """
    if completion.cut:
        raise ValueError("the reply was cut off at max_tokens")
    return parse_reply(completion.text)
