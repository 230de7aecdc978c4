"""Who reads requests in words: a language model while it answers in time, and else rules."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Literal, NamedTuple

from airloom.assistant.parsing.catalogue_words import CatalogueWords
from airloom.assistant.parsing.language_model import LanguageModelParser
from airloom.assistant.parsing.parsed_request import ParsedRequest
from airloom.assistant.parsing.rules import RulesParser
from model_service.engine.assistant_model import AssistantModel
from model_service.user_events.circuit_breaker import CircuitOpenError

logger = logging.getLogger("airloom.service")

Source = Literal["llm", "rules"]


class RequestReading(NamedTuple):
    """What the requests of a conversation say, and who has read them."""

    turns: list[ParsedRequest]
    source: Source


class RequestReader:
    """Reads requests: with the model if there is one and it answers, and else by rules.

    Args:
        words: Of the catalogue.
        model: None for rules only.

    Attributes:
        rules: Always there.
    """

    def __init__(self, words: CatalogueWords, model: AssistantModel | None) -> None:
        self._model = model
        self._parser = None
        if model is not None:
            self._parser = LanguageModelParser(model.chat, words, model.reading_prompt)
        self.rules = RulesParser(words)

    def read(self, queries: Sequence[str], *, until: float) -> RequestReading:
        """Return what each request of a conversation says.

        Args:
            queries: The first one first.
            until: How long the model is waited for, see `AssistantModel.wait_until`.
        """
        if self._model is not None and self._parser is not None:
            parse = self._parser.parse_turns
            try:
                return RequestReading(self._model.call(lambda: parse(queries), until=until), "llm")
            except (CircuitOpenError, TimeoutError):
                pass  # was logged when the circuit opened, or is the caller's haste
            except Exception as error:  # noqa: BLE001 - whatever it is, rules can read the request
                # the type only: the message may hold the request
                logger.warning("The language model did not read a request: %s", type(error).__name__)
        return RequestReading([self.rules.parse(query) for query in queries], "rules")
