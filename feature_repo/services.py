"""What a model reads: versioned, so that a changed set of features is a new service beside the old one."""

from __future__ import annotations

from typing import Final

from feast import Entity, FeatureService, FeatureView

from feature_repo.entities import OBJECT, USER
from feature_repo.views import object_intents, object_profile, user_history

RANKING_USER: Final = "ranking_user_v1"
RANKING_OBJECTS: Final = "ranking_objects_v1"


def feast_objects(lake: str) -> list[Entity | FeatureView | FeatureService]:
    """Return all that `apply` registers, for the tables of one lake."""
    history, profile, intents = user_history(lake), object_profile(lake), object_intents(lake)
    return [
        USER,
        OBJECT,
        history,
        profile,
        intents,
        FeatureService(name=RANKING_USER, features=[history]),
        FeatureService(name=RANKING_OBJECTS, features=[profile, intents]),
    ]
