"""What `feast apply`, run in this folder with AIRLOOM_LAKE set, registers."""

from __future__ import annotations

import os

from feature_repo.services import feast_objects

(
    user,
    object_,
    user_history,
    inferred_behaviors,
    object_profile,
    object_intents,
    ranking_user,
    ranking_inferred,
    ranking_objects,
) = feast_objects(os.environ["AIRLOOM_LAKE"])
