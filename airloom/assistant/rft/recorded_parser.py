"""Reads requests by replies that a model has written before, and by rules where a reply is no reading."""

from __future__ import annotations

from collections.abc import Mapping

from airloom.assistant.parsing.catalogue_words import CatalogueWords
from airloom.assistant.parsing.language_model import readings_in
from airloom.assistant.parsing.parsed_request import ParsedRequest
from airloom.assistant.parsing.rules import RulesParser


class RecordedParser:
    """A parser, as the service has one whose model is asked first.

    Args:
        replies: By request.
        words: Of the catalogue.

    Attributes:
        by_rules: Requests that rules had to read.
    """

    def __init__(self, replies: Mapping[str, str], words: CatalogueWords) -> None:
        self._replies, self._words = replies, words
        self._rules = RulesParser(words)
        self.by_rules: set[str] = set()

    def parse(self, query: str) -> ParsedRequest:
        """Return the parts of a request."""
        try:
            [reading] = readings_in(self._replies[query], [query], self._words)
        except ValueError:
            self.by_rules.add(query)
            return self._rules.parse(query)
        return reading

    @property
    def share_by_rules(self) -> float:
        """The share of the requests that rules had to read."""
        return len(self.by_rules) / max(len(self._replies), 1)
