"""Leaves out of a reading what neither the request nor the catalogue says."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from airloom.assistant.graph.words import stems_of
from airloom.assistant.parsing.catalogue_words import CatalogueWords
from airloom.assistant.parsing.parsed_request import ParsedCondition, ParsedRequest


def grounded(parsed: ParsedRequest, query: str, catalogue: CatalogueWords) -> ParsedRequest:
    """Return what a request or the catalogue has the words for.

    A text of a model is shown to people: what was understood, what is unknown, a correction. So every text is
    the request's own or the catalogue's: a wish in other words than the shop's counts if the model found a
    value of the shop for it, and what it made up is left out.

    Args:
        parsed: A model's reading.
        query: What it has read.
        catalogue: Its words.
    """
    stems = stems_of(query)

    def is_asked(text: str) -> bool:
        return _is_within(stems_of(text), stems)

    def is_value(text: str) -> bool:
        return is_asked(text) or len(catalogue.values.exact(text)) > 0

    def is_title(text: str) -> bool:
        return is_asked(text) or len(catalogue.titles.exact(text)) > 0

    return parsed._replace(
        conditions=tuple(
            condition for own in parsed.conditions if (condition := _condition(own, is_value)) is not None
        ),
        references=tuple(reference for reference in parsed.references if is_title(reference.title)),
        claims=tuple(claim for claim in parsed.claims if is_title(claim.title) and is_asked(claim.value)),
        rest=tuple(text for text in parsed.rest if is_asked(text)),
    )


def _condition(condition: ParsedCondition, is_value: Callable[[str], bool]) -> ParsedCondition | None:
    texts = [text for text in (condition.text, *condition.alternatives) if is_value(text)]
    return ParsedCondition(texts[0], condition.negated, tuple(texts[1:])) if texts else None


def _is_within(part: Sequence[str], whole: Sequence[str]) -> bool:
    """Return whether some words stand in a row in others."""
    size = len(part)
    return size > 0 and any(
        tuple(whole[start : start + size]) == tuple(part) for start in range(len(whole) - size + 1)
    )
