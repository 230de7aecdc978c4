"""Who reads requests in words: a language model while it answers in time, and else rules."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal, NamedTuple

from airloom.assistant.parsing.catalogue_words import CatalogueWords
from airloom.assistant.parsing.language_model import LanguageModelParser
from airloom.assistant.parsing.parsed_request import ParsedRequest
from airloom.assistant.parsing.reply import READING
from airloom.assistant.parsing.rules import RulesParser
from airloom.llm.outcome import Usage
from airloom.llm.prompt import Message
from airloom.llm.server.budget import Budget
from airloom.llm.server.chat_client import ChatClient, Completion, NoReplyError
from airloom.llm.server.throttle import Throttle
from model_service.engine.assistant_settings import AssistantSettings
from model_service.metrics import ASK_TOKENS, ASK_USD
from model_service.user_events.circuit_breaker import CircuitBreaker, CircuitOpenError
from model_service.user_events.thread_timeout import ThreadTimeout

logger = logging.getLogger("airloom.service")

Source = Literal["llm", "rules"]

RESERVE_S: Final = 0.05
"""Of a deadline, for everything after the reading."""
NAME: Final = "assistant_model"


class RequestReading(NamedTuple):
    """What the requests of a conversation say, and who has read them."""

    turns: list[ParsedRequest]
    source: Source


class ReadingModel:
    """A language model behind a server: asked once, within a deadline and a budget, and counted.

    Args:
        settings: Where it is, and what it may take.

    Raises:
        AirloomError: The key that the settings name cannot be read.
    """

    def __init__(self, settings: AssistantSettings) -> None:
        self._max_wait_s = settings.deadline_ms / 1000
        openai = replace(settings.openai, max_attempts=1, timeout_s=self._max_wait_s)
        throttle = Throttle(openai.requests_per_minute, at_once=openai.concurrency)
        budget = Budget(settings.budget_usd)
        self._chat = ChatClient(openai, reply=READING, budget=budget, throttle=throttle)
        self._threads = ThreadTimeout(self._max_wait_s, name=NAME, max_pending=openai.concurrency)
        self._circuit = CircuitBreaker(NAME)

    def read(
        self, queries: Sequence[str], words: CatalogueWords, *, deadline_ms: int | None
    ) -> list[ParsedRequest]:
        """Return the parts of each request.

        A caller's own deadline only ends its waiting: whether the server is in order is judged by the
        settings' deadline, so that nobody's haste keeps it from others.

        Raises:
            Exception: Whatever kept the model from reading them.
        """
        wait_s = self._max_wait_s if deadline_ms is None else min(deadline_ms / 1000, self._max_wait_s)
        if wait_s <= RESERVE_S:
            raise TimeoutError
        parser = LanguageModelParser(self, words)
        return self._threads.run(
            lambda: self._circuit.call(lambda: parser.parse_turns(queries)), timeout_s=wait_s - RESERVE_S
        )

    def complete(self, messages: Sequence[Message]) -> Completion:
        """Return the reply to a chat, and count what it took."""
        try:
            completion = self._chat.complete(messages)
        except NoReplyError as error:
            _count(error.usage)
            raise
        _count(completion.usage)
        return completion


class RequestReader:
    """Reads requests: with the model if there is one and it answers, and else by rules.

    Args:
        words: Of the catalogue.
        model: None for rules only.

    Attributes:
        rules: Always there.
    """

    def __init__(self, words: CatalogueWords, model: ReadingModel | None) -> None:
        self._words, self._model = words, model
        self.rules = RulesParser(words)

    def read(self, queries: Sequence[str], *, deadline_ms: int | None) -> RequestReading:
        """Return what each request of a conversation says.

        Args:
            queries: The first one first.
            deadline_ms: Milliseconds that the caller waits; None for as long as the settings say.
        """
        if self._model is not None:
            try:
                return RequestReading(self._model.read(queries, self._words, deadline_ms=deadline_ms), "llm")
            except (CircuitOpenError, TimeoutError):
                pass  # was logged when the circuit opened, or is the caller's haste
            except Exception as error:  # noqa: BLE001 - whatever it is, rules can read the request
                # the type only: the message may hold the request
                logger.warning("The language model did not read a request: %s", type(error).__name__)
        return RequestReading([self.rules.parse(query) for query in queries], "rules")


def _count(usage: Usage) -> None:
    ASK_TOKENS.labels("in").inc(usage.tokens_in)
    ASK_TOKENS.labels("out").inc(usage.tokens_out)
    ASK_USD.inc(usage.usd)
