"""Requests of which the answers and a reading are known, to train on and to judge by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from airloom.assistant.evaluation.request_case import RequestCase
from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.parsing.parsed_request import ParsedRequest
from airloom.assistant.parsing.rules import RulesParser


class KnownRequest(Protocol):
    """A request, what answers it, and its reading."""

    @property
    def case(self) -> RequestCase:
        """The request and what answers it."""
        ...

    @property
    def reading(self) -> ParsedRequest:
        """Its parts, which a model learns to write in the warm-up; price ranges are not in them."""
        ...


class RulesReadRequest(NamedTuple):
    """A request of people, for which nobody wrote a reading.

    Attributes:
        case: With what answers it.
        reading: As rules read it.
    """

    case: RequestCase
    reading: ParsedRequest

    @classmethod
    def of(cls, case: RequestCase, parser: RulesParser) -> RulesReadRequest:
        """Return a request with its reading."""
        return cls(case, parser.parse(case.query)._replace(price_range=None, price_claims=()))


class RequestSets(NamedTuple):
    """Requests of one catalogue.

    Attributes:
        graph: Of the catalogue.
        training: To train on.
        held_out: To judge by; nothing is trained on them.
    """

    graph: CatalogueGraph
    training: Sequence[KnownRequest]
    held_out: Sequence[KnownRequest]
