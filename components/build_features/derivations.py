"""What the feature tables are made from: this decides which of their days are built again."""

from __future__ import annotations

from typing import Final

from airloom.intents.encoding import TextEncoder
from airloom.intents.linking.lake_inputs import EXTENDED_BY_LINKING, LAKE_INPUTS
from airloom.intents.linking.settings import LinkingSettings
from airloom.lineage.derivation import Derivation
from airloom.logs.contract import EVENTS, OBJECTS
from airloom.settings import as_dict, flat
from feature_repo.tables import OBJECT_INTENTS, OBJECT_PROFILE, USER_HISTORY

USER_HISTORIES: Final = Derivation(USER_HISTORY, version=2, up_to_day=(EVENTS,))


def object_profiles(encoder: TextEncoder) -> Derivation:
    """Return how `object_profile` is made."""
    return Derivation(OBJECT_PROFILE, version=1, same_day=(OBJECTS,), settings={"encoder": encoder.name})


def object_intents(encoder: TextEncoder, settings: LinkingSettings) -> Derivation:
    """Return how `object_intents` is made: all objects of the run share one table of nodes."""
    return Derivation(
        OBJECT_INTENTS,
        version=1,
        same_day=(OBJECTS,),
        up_to_run=(OBJECTS,),
        paths=LAKE_INPUTS,
        extended_paths=EXTENDED_BY_LINKING,
        settings={"encoder": encoder.name, **flat(as_dict(settings), "linking.")},
    )
