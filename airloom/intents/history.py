"""The interface of a model that predicts intents from a user's whole history, to compare composition with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from airloom.intents.paths import IntentPaths


class HistoryLine(NamedTuple):
    """One event as a reasoner gets to read it.

    Attributes:
        action: An action of the content domain.
        title: The content's title; data that nobody has checked.
        age_days: Days since the event, fractions included.
    """

    action: str
    title: str
    age_days: float


HistoryText = tuple[HistoryLine, ...]
"""A user's events, newest first."""


class HistoryReader(Protocol):
    """Reads whole histories and predicts purchases from each."""

    def read_histories(self, histories: Sequence[HistoryText]) -> Sequence[IntentPaths]:
        """Return the paths of every history, in order; none where a history predicts no purchase."""
        ...
