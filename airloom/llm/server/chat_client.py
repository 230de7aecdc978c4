"""One reply from a chat server: requested again after transient errors, within the budget."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

from airloom.errors import AirloomError
from airloom.llm.outcome import Usage
from airloom.llm.prompt import Message
from airloom.llm.reply_format import ReplyFormat
from airloom.llm.server.budget import Budget, BudgetSpentError, Reservation
from airloom.llm.server.chat_endpoint import ChatEndpoint, RefusedError, RetryError
from airloom.llm.server.chat_protocol import ChatResponse
from airloom.llm.server.throttle import CancelledError, Throttle
from airloom.llm.settings import OpenAISettings
from airloom.progress import say

MAX_PAUSES: Final = 50
"""Pauses that a server may ask for before they count as attempts."""
_OVERHEAD: Final = 64
"""Tokens of a chat template around each message, at most."""


class Completion(NamedTuple):
    """What the model wrote.

    Attributes:
        text: The reply; empty if the model refused.
        cut: Whether it ended at `max_tokens`.
        usage: What it took, requests that failed before included.
    """

    text: str
    cut: bool
    usage: Usage


class NoReplyError(Exception):
    """No reply came; the message says why.

    Attributes:
        usage: What was asked and paid all the same.
        timed_out: Whether the server took longer than it may.
    """

    def __init__(self, reason: str, usage: Usage, *, timed_out: bool = False) -> None:
        super().__init__(reason)
        self.usage = usage
        self.timed_out = timed_out


class ChatClient:
    """A client of one server: retries, pauses, budget; safe among threads.

    Args:
        settings: Where it is, how it is asked and what it charges.
        budget: What its replies may cost.
        throttle: How fast it may be asked.

    Raises:
        AirloomError: The settings name no address, or no readable file with the key.
    """

    def __init__(self, settings: OpenAISettings, *, budget: Budget, throttle: Throttle) -> None:
        self._settings = settings
        self._endpoint = ChatEndpoint(settings)
        self._budget = budget
        self._throttle = throttle

    def close(self) -> None:
        """Close the connections."""
        self._endpoint.close()

    def complete(self, messages: Sequence[Message], *, reply: ReplyFormat[Any]) -> Completion:
        """Return the reply to a chat.

        Args:
            messages: The chat.
            reply: The form of the reply.

        Raises:
            NoReplyError: None came.
            BudgetSpentError: One would cost more than what is left; nothing was asked.
            CancelledError: The work was stopped; nothing was asked.
            AirloomError: The server says that the key, the address or the model is wrong.
        """
        calls = attempts = pauses = 0
        while True:
            try:
                with (
                    self._throttle.request() as began,
                    self._budget.request(self._max_price(messages)) as most,
                ):
                    calls += 1
                    ask = functools.partial(self._endpoint.post, messages, reply=reply)
                    return self._ask_once(ask, most, calls, began)
            except (BudgetSpentError, CancelledError):
                if not calls:
                    raise
                raise NoReplyError("stopped before a reply came", Usage(calls)) from None
            except RefusedError as reason:
                raise NoReplyError(str(reason), Usage(calls)) from None
            except RetryError as reason:
                if reason.pause_s is not None and pauses < MAX_PAUSES:
                    pauses += 1
                    self._throttle.pause(reason.pause_s)
                    continue
                attempts += 1
                if attempts == self._settings.max_attempts:
                    raise NoReplyError(
                        f"{reason}, {attempts} times", Usage(calls), timed_out=reason.timed_out
                    ) from None
            with suppress(CancelledError):  # the next wait raises it again
                self._throttle.sleep(self._settings.backoff_s * 2 ** (attempts - 1) * _jitter())

    def _ask_once(
        self, ask: Callable[[], ChatResponse], reservation: Reservation, calls: int, began: int
    ) -> Completion:
        try:
            response = ask()
        except RetryError as reason:
            reservation.usd *= reason.charged
            if reason.timed_out:
                self._slow_down(began)
            raise
        except (RefusedError, AirloomError):
            reservation.usd = 0.0
            raise
        if tokens := response.tokens:
            reservation.usd = self._settings.price(tokens.prompt_tokens, tokens.completion_tokens)
            usage = Usage(calls, tokens.prompt_tokens, tokens.completion_tokens, reservation.usd)
        else:
            usage = Usage(calls, uncounted=1)
        if self._endpoint.key.is_in(response.text):
            raise NoReplyError("the reply repeats the API key, so it was not kept", usage)
        return Completion(response.text, response.cut, usage)

    def _slow_down(self, began: int) -> None:
        at_once = self._throttle.halve(began)
        if at_once is not None:
            say(
                f"The server did not answer within {self._settings.timeout_s:g} s: "
                f"{at_once} requests at once from now on (--timeout, --concurrency)"
            )

    def _max_price(self, messages: Sequence[Message]) -> float:
        """Return the highest possible price of a reply: no token is shorter than a byte."""
        tokens_in = sum(len(message["content"].encode()) + _OVERHEAD for message in messages)
        extra = self._settings.extra
        limits = [extra.get(name) for name in ("max_tokens", "max_completion_tokens")]
        most = max([self._settings.max_tokens, *(limit for limit in limits if isinstance(limit, int))])
        return self._settings.price(tokens_in, most)


def _jitter() -> float:
    """Return a random factor that spreads the retries of many threads over half their wait."""
    return random.uniform(0.5, 1.0)  # noqa: S311 - no secret
