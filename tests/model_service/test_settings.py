from __future__ import annotations

import argparse
import os
from pathlib import Path

import pytest

from airloom.errors import AirloomError
from airloom.logs.lake import Lake
from model_service.settings import ServiceSettings, add_options, read_settings, variable

REQUIRED = {"AIRLOOM_LAKE": "lake", "AIRLOOM_MLFLOW_URI": "sqlite:///mlflow.db"}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the variables of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith("AIRLOOM_")]:
        monkeypatch.delenv(name)


def set_all(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_options(parser)
    return parser.parse_args(words)


def make_settings(**others: object) -> ServiceSettings:
    return ServiceSettings(lake="lake", mlflow_uri="mlflow", **others)  # type: ignore[arg-type]


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    others = {
        "AIRLOOM_EXPERIMENT": "e.yaml",
        "AIRLOOM_FEATURE_STORE": "feast",
        "AIRLOOM_LIVE_REDIS": "redis://r",
        "AIRLOOM_JOURNAL": "j",
        "AIRLOOM_GRPC": "127.0.0.1:3001",
        "AIRLOOM_TOKENS": "t.txt",
        "AIRLOOM_KEEP_ALIVE": "120",
        "AIRLOOM_ASK_PAGE": "on",
        "AIRLOOM_LOG_REQUESTS": "on",
        "AIRLOOM_ASSISTANT": "assistant.yaml",
    }
    set_all(monkeypatch, REQUIRED | others)
    assert read_settings() == ServiceSettings(
        lake="lake",
        mlflow_uri="sqlite:///mlflow.db",
        experiment=Path("e.yaml"),
        feature_store="feast",
        live_redis="redis://r",
        journal=Path("j"),
        grpc="127.0.0.1:3001",
        tokens=Path("t.txt"),
        keep_alive=120,
        ask_page=True,
        log_requests=True,
        assistant=Path("assistant.yaml"),
    )
    assert {variable(name) for name in ServiceSettings.model_fields} == set(REQUIRED | others)


def test_a_variable_in_lower_case_is_another_one(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, REQUIRED | {"airloom_tokens": "tokens.txt"})
    assert read_settings().tokens is None


def test_an_option_comes_before_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, REQUIRED | {"AIRLOOM_GRPC": "127.0.0.1:3001"})
    settings = read_settings(parse("--lake", "other", "--live-redis", "redis://r"))
    assert (settings.lake, settings.mlflow_uri) == ("other", REQUIRED["AIRLOOM_MLFLOW_URI"])
    assert (settings.live_redis, settings.grpc) == ("redis://r", "127.0.0.1:3001")


def test_every_option_names_its_variable_and_meaning(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse("--help")
    text = capsys.readouterr().out
    for name, field in ServiceSettings.model_fields.items():
        assert field.description
        assert f"[{variable(name)}]" in text
    assert text.count("Required:") == len(REQUIRED)


def test_only_the_lake_and_the_registry_must_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, REQUIRED | {"AIRLOOM_EXPERIMENT": ""})
    assert read_settings().model_dump(exclude_none=True) == {
        "lake": "lake",
        "mlflow_uri": "sqlite:///mlflow.db",
        "keep_alive": 75,
        "ask_page": False,
        "log_requests": False,
    }


@pytest.mark.parametrize(
    ("name", "value", "remedy"), [("ASK_PAGE", "perhaps", r"on\|off"), ("KEEP_ALIVE", "0", "1-3600")]
)
def test_a_value_that_a_setting_cannot_have_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, remedy: str
) -> None:
    set_all(monkeypatch, REQUIRED | {f"AIRLOOM_{name}": value})
    with pytest.raises(AirloomError, match=rf"AIRLOOM_{name} cannot be '{value}'\. Write {remedy}"):
        read_settings()


@pytest.mark.parametrize("absent", sorted(REQUIRED))
def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch, absent: str) -> None:
    set_all(monkeypatch, REQUIRED | {absent: ""})
    with pytest.raises(AirloomError, match=f"{absent} is not set"):
        read_settings()


def test_secrets_of_a_url_come_from_the_environment_and_are_not_kept() -> None:
    settings = make_settings(live_redis="redis://:${PASSWORD}@host:6379/0")
    assert settings.live_redis_url({"PASSWORD": "p@ss/word"}) == "redis://:p%40ss%2Fword@host:6379/0"
    assert "p@ss" not in repr(settings)
    with pytest.raises(AirloomError, match="needs the environment variable PASSWORD"):
        settings.live_redis_url({})
    assert make_settings().live_redis_url({}) is None


def test_events_wait_in_the_lake_or_where_the_settings_say(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    assert make_settings().journal_folder(lake) == tmp_path / "journal"
    elsewhere = make_settings(journal=tmp_path / "disk")
    assert elsewhere.journal_folder(lake) == tmp_path / "disk"
    far = Lake("gs://bucket/lake")
    with pytest.raises(AirloomError, match="Set AIRLOOM_JOURNAL to a folder of this machine"):
        make_settings().journal_folder(far)
