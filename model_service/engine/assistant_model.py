"""The language model of the assistant: asked within a deadline and a budget, and counted."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from airloom.assistant.assistant_settings import RESERVE_S, AssistantSettings
from airloom.assistant.chat import Chat
from airloom.llm.outcome import Usage
from airloom.llm.prompt import Message
from airloom.llm.reply_format import ReplyFormat
from airloom.llm.server.budget import Budget
from airloom.llm.server.chat_client import ChatClient, Completion, NoReplyError
from airloom.llm.server.throttle import Throttle
from model_service.metrics import ASK_TOKENS, ASK_USD
from model_service.user_events.circuit_breaker import CircuitBreaker
from model_service.user_events.thread_timeout import ThreadTimeout

T = TypeVar("T")

NAME: Final = "assistant_model"


class AssistantModel:
    """A language model behind a server, which reads requests and may word reasons.

    Both share its limits: threads, requests at once, budget, and the circuit that opens where it fails.

    Args:
        settings: Where it is, and what it may take.

    Attributes:
        chat: Asks it.
        reading_prompt: What it is asked with for the parts of requests.
        words_reasons: Whether the settings want its reasons.

    Raises:
        AirloomError: The key that the settings name cannot be read.
    """

    def __init__(self, settings: AssistantSettings) -> None:
        self._max_wait_s = settings.deadline_ms / 1000
        openai = settings.server
        throttle = Throttle(openai.requests_per_minute, at_once=openai.concurrency)
        budget = Budget(settings.budget_usd)
        self._threads = ThreadTimeout(self._max_wait_s, name=NAME, max_pending=openai.concurrency)
        self._circuit = CircuitBreaker(NAME)
        self.chat: Chat = CountedChat(ChatClient(openai, budget=budget, throttle=throttle))
        self.reading_prompt = settings.reading_prompt
        self.words_reasons = settings.wording

    def wait_until(self, deadline_ms: int | None) -> float:
        """Return until when an answer that begins now waits for the model, on the clock of `time.monotonic`.

        Args:
            deadline_ms: Milliseconds that the caller waits; None for as long as the settings say.
        """
        wait_s = self._max_wait_s if deadline_ms is None else min(deadline_ms / 1000, self._max_wait_s)
        return time.monotonic() + wait_s - RESERVE_S

    def call(self, ask: Callable[[], T], *, until: float, min_s: float = 0.0) -> T:
        """Return what asking the model returns.

        A caller's own deadline only ends its waiting: whether the server is in order is judged by the
        settings' deadline, so that nobody's haste keeps it from others.

        Args:
            ask: Asks `chat`.
            until: When to stop waiting, see `wait_until`.
            min_s: Seconds that have to be left, or the model is not asked.

        Raises:
            TimeoutError: There is too little time, or no reply came in time.
            Exception: Whatever else kept the model from it.
        """
        left_s = until - time.monotonic()
        if left_s <= min_s:
            raise TimeoutError
        return self._threads.run(lambda: self._circuit.call(ask), timeout_s=left_s)


class CountedChat:
    """Counts what replies take, also those that are none.

    Args:
        client: Asks the server.
    """

    def __init__(self, client: ChatClient) -> None:
        self._client = client

    def complete(self, messages: Sequence[Message], *, reply: ReplyFormat[Any]) -> Completion:
        """Return the reply to a chat; see `ChatClient.complete`."""
        try:
            completion = self._client.complete(messages, reply=reply)
        except NoReplyError as error:
            _count(error.usage)
            raise
        _count(completion.usage)
        return completion


def _count(usage: Usage) -> None:
    ASK_TOKENS.labels("in").inc(usage.tokens_in)
    ASK_TOKENS.labels("out").inc(usage.tokens_out)
    ASK_USD.inc(usage.usd)
