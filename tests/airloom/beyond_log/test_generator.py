from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from airloom.beyond_log.generator import CONFIG, ITEM_IDS, TOKENS, WEIGHTS, BehaviorGenerator
from airloom.errors import AirloomError


def test_what_is_loaded_is_what_was_saved(generator: BehaviorGenerator, tmp_path: Path) -> None:
    generator.save(tmp_path / "one")
    loaded = BehaviorGenerator.load(tmp_path / "one")
    loaded.save(tmp_path / "two")
    assert loaded.version == generator.version
    for name in (CONFIG, ITEM_IDS, TOKENS, WEIGHTS):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize("name", [CONFIG, ITEM_IDS, TOKENS, WEIGHTS])
def test_damage_is_one_sentence(generator: BehaviorGenerator, tmp_path: Path, name: str) -> None:
    generator.save(tmp_path / "one")
    for number, damage in enumerate((b"", b"garbage", None)):
        folder = tmp_path / f"damaged-{number}"
        shutil.copytree(tmp_path / "one", folder)
        (folder / name).unlink() if damage is None else (folder / name).write_bytes(damage)
        with pytest.raises(AirloomError, match="is not a stored behavior generator"):
            BehaviorGenerator.load(folder)


def test_changed_content_is_not_that_of_its_version(generator: BehaviorGenerator, tmp_path: Path) -> None:
    generator.save(tmp_path / "one")
    config = json.loads((tmp_path / "one" / CONFIG).read_text(encoding="utf-8"))
    config["settings"]["dropout"] = 0.5
    (tmp_path / "one" / CONFIG).write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(AirloomError, match=r"does not hold generator-\w+: the digest"):
        BehaviorGenerator.load(tmp_path / "one")
