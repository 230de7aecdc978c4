"""The seam between the intent store and whatever reads atoms: a sentence encoder, a language model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import pyarrow as pa

from airloom.errors import AirloomError
from airloom.intents.answers import Outcome, Version


class Reasoner(Protocol):
    """Reads atoms and says which purchases they foretell."""

    @property
    def version(self) -> Version:
        """Under what the answers are stored; another model, prompt or method is another version."""
        ...

    def read(self, chunks: Iterator[pa.Table]) -> Iterator[Sequence[Outcome]]:
        """Read the atoms and say what became of each, once, in any order.

        What is yielded together is stored together before the next is asked for, so a reasoner that pays for
        its answers yields each as soon as it comes.

        Args:
            chunks: Tables with the columns `ATOM_SCHEMA`; taken as they are needed.

        Raises:
            StoppedError: It makes no sense to ask on; all that was answered has been yielded.
        """
        ...


class StoppedError(AirloomError):
    """A reasoner that stops early: its budget is spent, or its server does not answer."""
