"""What a dataset of the benchmark gives: objects, training events, and cases that are read when asked for."""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from airloom.ranking.training.examples import Example
from airloom.statistics.sequences import Sequences

MAX_HISTORY: Final = 100
"""Newest events of a history that a case or a label keeps."""


class Items(NamedTuple):
    """All objects, by id.

    Attributes:
        ids: `domain:item`, ascending.
        titles: Of each, empty where there is none.
        domains: Of each, as the data calls them.
        is_product: bool [O], whether it can be bought; the rest is content.
    """

    ids: list[str]
    titles: list[str]
    domains: list[str]
    is_product: NDArray[np.bool_]


class Cases(NamedTuple):
    """Purchases to predict.

    Attributes:
        examples: What came before, and what was bought.
        returning: bool [n], the user has other events in training or is not known; None if no user is.
    """

    examples: list[Example]
    returning: NDArray[np.bool_] | None


class Dataset(Protocol):
    """A dataset on the disk."""

    @property
    def name(self) -> str:
        """In tables."""
        ...

    @property
    def has_times(self) -> bool:
        """Whether timestamps are real; if not, events count as one a day."""
        ...

    @property
    def items(self) -> Items:
        """All objects."""
        ...

    @property
    def training(self) -> Sequences:
        """The events to learn from, objects as rows of `items`."""
        ...

    def valid(self) -> Cases:
        """Return what settings are chosen on."""
        ...

    def test(self) -> Cases:
        """Return what models are evaluated on, read now; nothing else that a dataset gives depends on it."""
        ...
