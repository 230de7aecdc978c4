from __future__ import annotations

import json
from pathlib import Path

import pytest

from airloom.errors import AirloomError
from airloom.logs.lake import Lake
from airloom.settings import as_dict
from model_service.settings import EVERYONE_GETS_AIR, ServiceSettings, read_experiment
from tests.model_service.shop import EXPERIMENT

REQUIRED = {"AIRLOOM_LAKE": "lake", "AIRLOOM_MLFLOW_URI": "sqlite:///mlflow.db"}


def test_settings_come_from_the_environment_and_go_back_to_it() -> None:
    environment = REQUIRED | {
        "AIRLOOM_EXPERIMENT": "e.yaml",
        "AIRLOOM_FEATURE_STORE": "feast",
        "AIRLOOM_LIVE_REDIS": "redis://r",
        "AIRLOOM_JOURNAL": "j",
    }
    settings = ServiceSettings.from_environment(environment)
    assert settings == ServiceSettings(
        "lake", "sqlite:///mlflow.db", Path("e.yaml"), "feast", "redis://r", Path("j")
    )
    assert settings.to_environment() == environment


def test_only_the_lake_and_the_registry_must_be_set() -> None:
    assert ServiceSettings.from_environment(REQUIRED).to_environment() == REQUIRED


@pytest.mark.parametrize("absent", sorted(REQUIRED))
def test_a_variable_that_is_not_set_is_named(absent: str) -> None:
    with pytest.raises(AirloomError, match=f"{absent} is not set"):
        ServiceSettings.from_environment(REQUIRED | {absent: ""})


def test_secrets_of_a_url_come_from_the_environment_and_are_not_kept() -> None:
    settings = ServiceSettings("lake", "mlflow", live_redis="redis://:${PASSWORD}@host:6379/0")
    assert settings.live_redis_url({"PASSWORD": "p@ss/word"}) == "redis://:p%40ss%2Fword@host:6379/0"
    assert "p@ss" not in repr(settings)
    with pytest.raises(AirloomError, match="needs the environment variable PASSWORD"):
        settings.live_redis_url({})
    assert ServiceSettings("lake", "mlflow").live_redis_url({}) is None


def test_events_wait_in_the_lake_or_where_the_settings_say(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    assert ServiceSettings("lake", "mlflow").journal_folder(lake) == tmp_path / "journal"
    elsewhere = ServiceSettings("lake", "mlflow", journal=tmp_path / "disk")
    assert elsewhere.journal_folder(lake) == tmp_path / "disk"
    far = Lake("gs://bucket/lake")
    with pytest.raises(AirloomError, match="Set AIRLOOM_JOURNAL to a folder of this machine"):
        ServiceSettings("lake", "mlflow").journal_folder(far)


def test_without_a_file_everyone_gets_air() -> None:
    assert read_experiment(None) is EVERYONE_GETS_AIR


def test_an_experiment_may_be_json_or_yaml(tmp_path: Path) -> None:
    as_json, as_yaml = tmp_path / "e.json", tmp_path / "e.yaml"
    as_json.write_text(json.dumps(as_dict(EXPERIMENT)), encoding="utf-8")
    as_yaml.write_text(
        "name: three-ways\n"
        "salt: tests\n"
        "control: popular\n"
        "variants:\n"
        "  - {name: popular, share: 0.25, ranker: popularity}\n"
        "  - {name: item_cf, share: 0.25, ranker: item_cf}\n"
        "  - {name: air, share: 0.5, ranker: air}\n",
        encoding="utf-8",
    )
    assert read_experiment(as_json) == read_experiment(as_yaml) == EXPERIMENT


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1, 2]", "holds no mapping"),
        ("{", "cannot be read"),
        ("name: e\nsalt: s\ncontrol: c\nvariants: []\ncolour: red\n", "no setting colour"),
        ("name: e\n", "control: Field required"),
        ("name: e\nsalt: s\ncontrol: c\nvariants: [{name: v, share: 0.5, ranker: air}]\n", "control 'c'"),
    ],
)
def test_a_bad_file_says_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "e.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AirloomError, match=message):
        read_experiment(path)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(AirloomError, match=r"absent\.yaml cannot be read"):
        read_experiment(tmp_path / "absent.yaml")
