"""What a catalogue has words for, as a parser asks it."""

from __future__ import annotations

from typing import Protocol

from airloom.assistant.graph.phrases import PhraseIndex


class CatalogueWords(Protocol):
    """The words of a catalogue; `CatalogueGraph` is one."""

    @property
    def values(self) -> PhraseIndex:
        """Phrases of the values, such as "black" or "cat beds"."""
        ...

    @property
    def titles(self) -> PhraseIndex:
        """Phrases of the titles."""
        ...

    def relation_called(self, word: str) -> str | None:
        """Return the relation that a word names, such as "colors"; None if it names none."""
        ...
