"""The steps of a reply: entries of the reading, where they stand in its text, and which of them are wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.assistant.parsing.parsed_request import ParsedRequest
from airloom.assistant.resolve import resolve
from airloom.ranking.candidates.filters import ProductFilter, matching_products

_LISTS: Final = ("conditions", "references")
"""Of a reading, whose entries choose products; claims only correct."""
_DECODER: Final = json.JSONDecoder()
_BLANK: Final = " \t\r\n,"


class Step(NamedTuple):
    """An entry of a reading.

    Attributes:
        kind: The list that it stands in.
        entry: Its index there.
        start: The character of the reply at which it begins.
        stop: The one after it.
    """

    kind: str
    entry: int
    start: int
    stop: int


def steps_of(reply: str) -> list[Step]:
    """Return the entries of the first reading in a reply that is one, in the order of its text."""
    steps = [
        Step(kind, index, start, stop)
        for kind in _LISTS
        for index, (start, stop) in enumerate(_entries(reply, kind))
    ]
    return sorted(steps, key=lambda step: step.start)


def rules_out_all(
    step: Step, reading: ParsedRequest, satisfying: NDArray[np.int32], graph: CatalogueGraph
) -> bool:
    """Return whether a step alone leaves out every product that answers the request.

    Args:
        step: An entry.
        reading: What it is an entry of.
        satisfying: int32 [n], rows that answer, ascending.
        graph: Of the catalogue.
    """
    own = slice(step.entry, step.entry + 1)
    alone = (
        ParsedRequest(conditions=reading.conditions[own])
        if step.kind == "conditions"
        else ParsedRequest(references=reading.references[own])
    )
    understood = resolve(alone, graph)
    left = ProductFilter(
        all_of=[condition.values for condition in understood.conditions if condition.is_optional],
        none_of=[condition.sets for condition in understood.conditions if condition.negated],
        low=understood.price_range.low,
        high=understood.price_range.high,
        without=[reference.row for reference in understood.references],
        among=satisfying,
    )
    return len(matching_products(graph.snapshot, left)) == 0


def tokens_of_steps(steps: Sequence[Step], token_stops: Sequence[int], *, length: int) -> NDArray[np.bool_]:
    """Return which tokens of a reply belong to any of some steps, bool [length].

    Args:
        steps: Entries.
        token_stops: The character after each token of the reply, ascending.
        length: Tokens of the longest reply of the batch.
    """
    inside = np.zeros(length, np.bool_)
    starts = [0, *token_stops[:-1]]
    for step in steps:
        for number, (start, stop) in enumerate(zip(starts, token_stops, strict=True)):
            inside[number] |= start < step.stop and stop > step.start
    return inside


def _entries(reply: str, kind: str) -> Iterator[tuple[int, int]]:
    """Yield where the entries of a list begin and end; of several readings in a reply, those of the first."""
    key = re.search(rf'"{kind}"\s*:\s*\[', reply)  # no text of JSON can hold that, its quotes are escaped
    position = key.end() if key else len(reply)
    while True:
        while position < len(reply) and reply[position] in _BLANK:
            position += 1
        if position >= len(reply) or reply[position] != "{":
            return
        _, stop = _DECODER.raw_decode(reply, position)
        yield position, stop
        position = stop
