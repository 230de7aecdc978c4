"""Requests of which it is known which products answer them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.ranking.snapshot import Snapshot


class ChoiceList(NamedTuple):
    """One product that answers a request among others that do not.

    Attributes:
        positive: Its row.
        rows: int32 [n], all of them, the positive among them.
    """

    positive: int
    rows: NDArray[np.int32]


class RequestCase(NamedTuple):
    """A request and what is known about it.

    Attributes:
        query_id: Names it.
        kind: Such as explicit, implicit or misinformed.
        conditions: How many it states; None if nobody counted.
        query: Its words.
        satisfying: int32 [n], rows that answer it, ascending; empty if none is known.
        stated: Sets of values, one for each condition that it states; None if that is not known, or the graph
            lacks one.
        choices: Lists by the name of how their negatives were drawn.
        group: Requests of one group are resampled together for an interval; empty for one on its own.
    """

    query_id: str
    kind: str
    conditions: int | None
    query: str
    satisfying: NDArray[np.int32]
    stated: tuple[NDArray[np.int32], ...] | None
    choices: Mapping[str, ChoiceList]
    group: str = ""


def groups_of(cases: Sequence[RequestCase]) -> NDArray[np.int64]:
    """Return the group of each request, int64 [cases]; a request without one is a group of its own."""
    names = [f"of {case.group}" if case.group else str(row) for row, case in enumerate(cases)]
    return np.unique(names, return_inverse=True)[1]


class RequestSet(NamedTuple):
    """Requests and the catalogue that they are asked of.

    Attributes:
        snapshot: Products, what is said about them, and how popular they are without any of the requests.
        cases: In the order of their file.
        choice_names: Of the lists that the cases have, in the order of the columns of a table.
    """

    snapshot: Snapshot
    cases: tuple[RequestCase, ...]
    choice_names: tuple[str, ...]
