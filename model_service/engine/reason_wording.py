"""Reasons in a language model's words, where it is asked for them and answers in time; else the graph's."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from airloom.assistant.answer import Item
from airloom.assistant.parsing.catalogue_words import CatalogueWords
from airloom.assistant.wording.language_model import worded
from model_service.engine.assistant_model import AssistantModel
from model_service.metrics import ASK_SENTENCES
from model_service.user_events.circuit_breaker import CircuitOpenError

logger = logging.getLogger("airloom.service")

MIN_S: Final = 0.2
"""Seconds that have to be left of the deadline: in less no model writes ten sentences."""


def reasons_worded(
    items: Sequence[Item],
    queries: Sequence[str],
    *,
    model: AssistantModel,
    words: CatalogueWords,
    until: float,
) -> tuple[Item, ...]:
    """Return the products of an answer, some of them with a model's sentence as the reason.

    Args:
        items: With the graph's reasons, which stay where the model writes none that holds.
        queries: The requests of the conversation.
        model: Is asked, within its limits.
        words: Of the catalogue.
        until: How long the model is waited for, see `AssistantModel.wait_until`.
    """
    try:
        answered = model.call(
            lambda: worded(items, queries, chat=model.chat, catalogue=words), until=until, min_s=MIN_S
        )
    except (CircuitOpenError, TimeoutError):
        return tuple(items)  # was logged when the circuit opened, or there is too little time
    except Exception as error:  # noqa: BLE001 - whatever it is, the graph's reasons are there
        # the type only: the message may hold the request
        logger.warning("The language model worded no reasons: %s", type(error).__name__)
        return tuple(items)
    ASK_SENTENCES.labels("shown").inc(answered.shown)
    for rule in answered.struck:
        ASK_SENTENCES.labels(rule).inc()
    return answered.items
