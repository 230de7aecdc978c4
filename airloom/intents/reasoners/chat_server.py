"""One reply from a chat server, asked for as often as that may help and as the budget allows."""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, NamedTuple

from airloom.intents.answers import Usage
from airloom.intents.prompt import Message
from airloom.intents.reasoners.budget import Bill, Budget, BudgetSpentError
from airloom.intents.reasoners.chat_endpoint import ChatEndpoint, RefusedError, RetryError
from airloom.intents.reasoners.throttle import AbandonedError, Throttle
from airloom.intents.settings import OpenAISettings

MAX_PAUSES: Final = 50
"""Pauses that a server may ask for before they count as failures."""
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
    """

    def __init__(self, reason: str, usage: Usage) -> None:
        super().__init__(reason)
        self.usage = usage


class ChatServer:
    """A server; safe among threads.

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

    def complete(self, messages: Sequence[Message]) -> Completion:
        """One reply to a chat.

        Raises:
            NoReplyError: None came.
            BudgetSpentError: One would cost more than what is left; nothing was asked.
            AbandonedError: The work was stopped; nothing was asked.
            AirloomError: The server says that the key, the address or the model is wrong.
        """
        calls = tries = pauses = 0
        while True:
            try:
                self._throttle.wait()
                with self._budget.request(self._highest(messages)) as bill:
                    calls += 1
                    return self._asked(messages, bill, calls)
            except (BudgetSpentError, AbandonedError):
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
                tries += 1
                if tries == self._settings.tries:
                    raise NoReplyError(f"{reason}, {tries} times", Usage(calls)) from None
            with suppress(AbandonedError):  # the next wait says so again
                self._throttle.sleep(self._settings.backoff_s * 2 ** (tries - 1) * _jitter())

    def _asked(self, messages: Sequence[Message], bill: Bill, calls: int) -> Completion:
        try:
            response = self._endpoint.post(messages)
        except RetryError as reason:
            bill.usd *= reason.charged
            raise
        except RefusedError:
            bill.usd = 0.0
            raise
        usage = Usage(calls)
        if response.usage:
            tokens_in, tokens_out = response.usage.prompt_tokens, response.usage.completion_tokens
            bill.usd = self._price(tokens_in, tokens_out)
            usage = Usage(calls, tokens_in, tokens_out, bill.usd)
        return Completion(response.text, response.cut, usage)

    def _highest(self, messages: Sequence[Message]) -> float:
        """What a reply may cost at most: no token is shorter than a byte."""
        tokens_in = sum(len(message["content"].encode()) + _OVERHEAD for message in messages)
        return self._price(tokens_in, self._settings.max_tokens)

    def _price(self, tokens_in: int, tokens_out: int) -> float:
        settings = self._settings
        return (tokens_in * settings.usd_per_million_in + tokens_out * settings.usd_per_million_out) / 1e6


def _jitter() -> float:
    """Spreads the retries of many threads over half their wait."""
    return random.uniform(0.5, 1.0)  # noqa: S311 - no secret
