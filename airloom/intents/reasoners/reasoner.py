"""The seam between the intent store and whatever reads atoms: a sentence encoder, a language model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import pyarrow as pa

from airloom.intents.answers import Answer, Version


class Reasoner(Protocol):
    """Reads atoms and says which purchases they foretell."""

    @property
    def version(self) -> Version:
        """Under what the answers are stored; another model, prompt or method is another version."""
        ...

    def read(self, atoms: pa.Table) -> Sequence[Answer]:
        """One answer an atom, in their order; `atoms` has the columns `ATOM_SCHEMA`."""
        ...
