"""Reads whole histories with a reader of titles: all titles of a history are one text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from airloom.intents.history import HistoryText
from airloom.intents.paths import IntentPaths


class TitleReader(Protocol):
    """Reads titles, whatever was done: the encoder, the student."""

    def paths_of(self, texts: Sequence[str]) -> list[IntentPaths]:
        """Return the paths that each text predicts."""
        ...


class TitleHistoryReader:
    """Reads a history as if it were one long title; a `HistoryReader`.

    Titles come newest first, because a long text is cut off at its end (after 256 tokens, some twenty
    titles), and each once. Actions and ages are not read.

    Args:
        reader: Reads the text as it reads a title.
    """

    def __init__(self, reader: TitleReader) -> None:
        self._reader = reader

    def read_histories(self, histories: Sequence[HistoryText]) -> list[IntentPaths]:
        """Return the paths of every history, strongest first."""
        texts = [". ".join(dict.fromkeys(line.title for line in history)) for history in histories]
        return self._reader.paths_of(texts)
