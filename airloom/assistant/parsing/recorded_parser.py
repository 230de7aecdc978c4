"""Reads requests by replies that a model has written before, and by rules where a reply is no reading."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from airloom.assistant.parsing.catalogue_words import CatalogueWords
from airloom.assistant.parsing.language_model import readings_in
from airloom.assistant.parsing.parsed_request import ParsedRequest
from airloom.assistant.parsing.rules import RulesParser


class RecordedParser:
    """A parser, as the service has one whose model is asked first.

    Args:
        replies: By request; None where none came.
        words: Of the catalogue.

    Attributes:
        by_rules: Requests that rules had to read.
    """

    def __init__(self, replies: Mapping[str, str | None], words: CatalogueWords) -> None:
        self._replies, self._words = replies, words
        self._rules = RulesParser(words)
        self.by_rules: set[str] = set()

    def parse(self, query: str) -> ParsedRequest:
        """Return the parts of a request."""
        reply = self._replies[query]
        if reply is not None:
            with suppress(ValueError):
                [reading] = readings_in(reply, [query], self._words)
                return reading
        self.by_rules.add(query)
        return self._rules.parse(query)

    @property
    def share_by_rules(self) -> float:
        """The share of the requests that rules had to read."""
        return len(self.by_rules) / max(len(self._replies), 1)
