"""What a reader of titles makes of a whole history: what it reads into all its titles as one text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from airloom.intents.paths import IntentPath
from airloom.intents.reasoners.history import HistoryText


class TitleReader(Protocol):
    """Reads titles without asking what was done: the encoder, the student."""

    def paths_of(self, texts: Sequence[str]) -> list[tuple[IntentPath, ...]]:
        """What is read into each text."""
        ...


class TitleHistoryReader:
    """Reads a history as if it were one long title; a `HistoryReader`.

    Titles come newest first, because a long text is cut off at its end (after 256 tokens, some twenty
    titles), and each once. Actions and ages are lost on it.

    Args:
        reader: Reads the text as it reads a title.
    """

    def __init__(self, reader: TitleReader) -> None:
        self._reader = reader

    def read_histories(self, histories: Sequence[HistoryText]) -> list[tuple[IntentPath, ...]]:
        """What is read into every history, strongest first."""
        texts = [". ".join(dict.fromkeys(line.title for line in history)) for history in histories]
        return self._reader.paths_of(texts)
