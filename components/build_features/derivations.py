"""What the feature tables are made from: this decides which of their days are built again."""

from __future__ import annotations

from typing import Final

from airloom.intents.encoding import TextEncoder
from airloom.lineage.derivation import Derivation
from airloom.logs.contract import EVENTS, OBJECTS
from feature_repo.tables import OBJECT_PROFILE, USER_HISTORY

USER_HISTORIES: Final = Derivation(USER_HISTORY, version=2, up_to_day=(EVENTS,))


def object_profiles(encoder: TextEncoder) -> Derivation:
    """Return how `object_profile` is made."""
    return Derivation(OBJECT_PROFILE, version=2, same_day=(OBJECTS,), settings={"encoder": encoder.name})
