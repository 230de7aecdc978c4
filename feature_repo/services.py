"""What a model reads: versioned, so that a changed set of features is a new service beside the old one."""

from __future__ import annotations

from typing import Final

from feast import Entity, FeatureService, FeatureView

from feature_repo.entities import OBJECT, USER
from feature_repo.views import inferred_behaviors, object_intents, object_profile, user_history

RANKING_USER: Final = "ranking_user_v1"
RANKING_INFERRED: Final = "ranking_inferred_v1"
RANKING_OBJECTS: Final = "ranking_objects_v1"


def feast_objects(lake: str) -> list[Entity | FeatureView | FeatureService]:
    """Return all that `apply` registers, for the tables of one lake."""
    history, inferred = user_history(lake), inferred_behaviors(lake)
    profile, intents = object_profile(lake), object_intents(lake)
    return [
        USER,
        OBJECT,
        history,
        inferred,
        profile,
        intents,
        FeatureService(name=RANKING_USER, features=[history]),
        FeatureService(name=RANKING_INFERRED, features=[inferred]),
        FeatureService(name=RANKING_OBJECTS, features=[profile, intents]),
    ]
