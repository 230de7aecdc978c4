"""What entity linking reads in the lake besides the objects.

The code that reads takes its paths from here, and so does the derivation that decides whether linked objects
are up to date: a path cannot be read without counting as an input.
"""

from __future__ import annotations

from typing import Final

from airloom.intents.store import INTENTS
from airloom.llm.store.answer_store import ANSWERS_FOLDER, VERSIONS_FILE

OVERRIDES_FILE: Final = f"{INTENTS}/overrides.tsv"
INDUCED_CATEGORIES: Final = f"{INTENTS}/categories"
NODE_NAMES: Final = f"{INTENTS}/nodes"
"""Ids of nodes are given once, so linking reads those given before."""

EXTENDED_BY_LINKING: Final = (INDUCED_CATEGORIES, NODE_NAMES)
"""Those to which linking itself adds."""

LAKE_INPUTS: Final = (
    f"{INTENTS}/{ANSWERS_FOLDER}",
    f"{INTENTS}/{VERSIONS_FILE}",
    OVERRIDES_FILE,
    *EXTENDED_BY_LINKING,
)
