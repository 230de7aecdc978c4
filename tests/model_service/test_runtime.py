from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from airloom.errors import AirloomError
from model_service.runtime import Runtime, open_tails
from model_service.settings import ServiceSettings
from model_service.users.redis_tails import RedisTails
from model_service.users.tails import MemoryTails


def test_live_events_are_kept_where_the_settings_say() -> None:
    assert isinstance(open_tails(ServiceSettings("lake", "mlflow")), MemoryTails)
    far = ServiceSettings("lake", "mlflow", live_redis="redis://localhost:1/0")
    assert isinstance(open_tails(far), RedisTails)  # which need not be there yet
    with pytest.raises(AirloomError, match="AIRLOOM_LIVE_REDIS is not the URL of a Redis"):
        open_tails(replace(far, live_redis="http://localhost"))


@pytest.mark.parametrize(
    ("mistake", "said"),
    [
        ({"experiment": Path("nowhere.yaml")}, "The experiment file nowhere.yaml cannot be read"),
        ({"tokens": Path("nowhere.txt")}, "The tokens in nowhere.txt cannot be read"),
        ({"feature_store": "nowhere.yaml"}, "nowhere.yaml is not a readable Feast configuration"),
        ({"live_redis": "http://localhost"}, "AIRLOOM_LIVE_REDIS is not the URL of a Redis"),
        ({"live_redis": "redis://:${NOT_SET_ANYWHERE}@r"}, "needs the environment variable NOT_SET_ANYWHERE"),
    ],
)
def test_a_mistake_in_the_settings_is_not_waited_for(
    tmp_path: Path, mistake: dict[str, Path | str], said: str
) -> None:
    settings = ServiceSettings(str(tmp_path), f"sqlite:///{tmp_path / 'mlflow.db'}", **mistake)  # type: ignore[arg-type]
    with pytest.raises(AirloomError, match=said):
        Runtime(settings)
