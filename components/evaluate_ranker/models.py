"""The models of an evaluation: their keys in its results, and their names in reports and model cards."""

from __future__ import annotations

from typing import Final

AIR: Final = "air"
AIR_WITH_INTENTS: Final = "air_with_intents"
AIR_WITHOUT_INTENTS: Final = "air_without_intents"
SEQUENCE: Final = "sequence"
ITEM_CF: Final = "item_cf"
POPULARITY: Final = "popularity"

DISPLAY_NAMES: Final = {
    AIR: "AIR",
    AIR_WITH_INTENTS: "AIR with intents",
    AIR_WITHOUT_INTENTS: "AIR without intents",
    SEQUENCE: "SASRec with titles",
    ITEM_CF: "item-CF",
    POPULARITY: "popularity",
}
