from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from airloom.errors import AirloomError
from model_service.runtime import Runtime, open_live_events
from model_service.settings import ServiceSettings
from model_service.user_events.recent_events import MemoryRecentEvents
from model_service.user_events.redis_recent_events import RedisRecentEvents


def test_live_events_are_kept_where_the_settings_say() -> None:
    assert isinstance(
        open_live_events(ServiceSettings(lake="lake", mlflow_uri="mlflow")).recent_events, MemoryRecentEvents
    )
    far = ServiceSettings(lake="lake", mlflow_uri="mlflow", live_redis="redis://localhost:1/0")
    assert isinstance(open_live_events(far).recent_events, RedisRecentEvents)  # which need not be there yet
    with pytest.raises(AirloomError, match="AIRLOOM_LIVE_REDIS is not the URL of a Redis"):
        open_live_events(far.model_copy(update={"live_redis": "http://localhost"}))


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        ({"experiment": Path("nowhere.yaml")}, "The experiment file nowhere.yaml cannot be read"),
        ({"tokens": Path("nowhere.txt")}, "The tokens in nowhere.txt cannot be read"),
        ({"feature_store": "nowhere.yaml"}, "nowhere.yaml is not a readable Feast configuration"),
        ({"live_redis": "http://localhost"}, "AIRLOOM_LIVE_REDIS is not the URL of a Redis"),
        ({"live_redis": "redis://:${NOT_SET_ANYWHERE}@r"}, "needs the environment variable NOT_SET_ANYWHERE"),
    ],
)
def test_a_mistake_in_the_settings_is_not_waited_for(
    tmp_path: Path, mistake: dict[str, Any], message: str
) -> None:
    settings = ServiceSettings(
        lake=str(tmp_path), mlflow_uri=f"sqlite:///{tmp_path / 'mlflow.db'}", **mistake
    )
    with pytest.raises(AirloomError, match=message):
        Runtime(settings)


@pytest.mark.parametrize(
    ("written", "asks_model"),
    [
        ("exchange_rates: {EUR: 1.1}", False),
        ("openai: {base_url: http://localhost:1/v1, model: reader}", True),
    ],
    ids=["rates only", "a model"],
)
def test_a_file_of_exchange_rates_alone_names_no_model(
    tmp_path: Path, written: str, *, asks_model: bool
) -> None:
    file = tmp_path / "assistant.yaml"
    file.write_text(written, encoding="utf-8")
    settings = ServiceSettings(
        lake=str(tmp_path / "lake"), mlflow_uri=f"sqlite:///{tmp_path / 'mlflow.db'}", assistant=file
    )
    runtime = Runtime(settings)
    try:
        assert runtime.asks_model is asks_model
    finally:
        runtime.stop()
