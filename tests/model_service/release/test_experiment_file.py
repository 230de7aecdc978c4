from __future__ import annotations

import json
from pathlib import Path

import pytest

from airloom.errors import AirloomError
from airloom.settings import as_dict
from model_service.release.experiment_file import AIR_FOR_EVERYONE, read_experiment
from tests.model_service.shop import EXPERIMENT


def test_without_a_file_everyone_gets_air() -> None:
    assert read_experiment(None) is AIR_FOR_EVERYONE


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
