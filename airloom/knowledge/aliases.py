"""People's words for values of the catalogue, from a file that a person writes: `knowledge/aliases.tsv`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from airloom.intents.linking.decision_file import read_decisions, reject_line
from airloom.intents.paths import normalize_label
from airloom.knowledge.imported.card_store import KNOWLEDGE
from airloom.logs.lake import Lake

ALIASES_FILE: Final = f"{KNOWLEDGE}/aliases.tsv"
COLUMNS: Final = ("alias", "value")


class Alias(NamedTuple):
    """One line of the file; both texts are normalized.

    Attributes:
        alias: As people say it: "sofa".
        value: As the catalogue or cards have it, of whatever relation: "couches".
        line: Number of the line, from 1.
    """

    alias: str
    value: str
    line: int


def read_aliases(lake: Lake) -> list[Alias]:
    """Read the file of the lake; without one there are no aliases.

    The columns alias and value are separated by a tab under a header that names them; blank lines and lines
    that begin with # are left out. A word may be the alias of several values, and a value may have several.

    Raises:
        AirloomError: The file cannot be read, or a line of it cannot be followed.
    """
    file = lake.path(ALIASES_FILE)
    aliases = []
    for line, (alias, value) in read_decisions(file, COLUMNS):
        if not any(map(str.isalnum, alias)):
            reject_line(file, line, "the alias has no word", do="Write the word that people say")
        if not value:
            reject_line(file, line, "the value is empty", do="Write the value as the catalogue has it")
        aliases.append(Alias(normalize_label(alias), normalize_label(value), line))
    return aliases


def idle_aliases(aliases: Sequence[Alias], values: Sequence[str]) -> list[Alias]:
    """Return the lines that change nothing, because no product has the value."""
    known = set(values)
    return [row for row in aliases if row.value not in known]
