"""What a sentence encoder makes of a whole history: the categories nearest to all its titles in one text."""

from __future__ import annotations

from collections.abc import Sequence

from airloom.intents.paths import IntentPath
from airloom.intents.reasoners.encoder import EncoderReasoner
from airloom.intents.reasoners.history import HistoryText


class EncoderHistoryReader:
    """Reads a history as if it were one long title; a `HistoryReader`.

    Titles come newest first, because an encoder cuts a long text off at its end (MiniLM after 256 tokens,
    some twenty titles), and each once. Actions and ages are lost on it.

    Args:
        reasoner: Reads the text as it reads a title.
    """

    def __init__(self, reasoner: EncoderReasoner) -> None:
        self._reasoner = reasoner

    def read_histories(self, histories: Sequence[HistoryText]) -> list[tuple[IntentPath, ...]]:
        """The nearest categories of every history, strongest first."""
        texts = [". ".join(dict.fromkeys(line.title for line in history)) for history in histories]
        return self._reasoner.paths_of(texts)
