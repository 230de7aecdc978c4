from __future__ import annotations

from dataclasses import replace

import pytest

from airloom.errors import AirloomError
from model_service.runtime import open_tails
from model_service.settings import ServiceSettings
from model_service.users.redis_tails import RedisTails
from model_service.users.tails import MemoryTails


def test_live_events_are_kept_where_the_settings_say() -> None:
    assert isinstance(open_tails(ServiceSettings("lake", "mlflow")), MemoryTails)
    far = ServiceSettings("lake", "mlflow", live_redis="redis://localhost:1/0")
    assert isinstance(open_tails(far), RedisTails)  # which need not be there yet
    with pytest.raises(AirloomError, match="AIRLOOM_LIVE_REDIS is not the URL of a Redis"):
        open_tails(replace(far, live_redis="http://localhost"))
