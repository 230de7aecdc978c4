from __future__ import annotations

from pathlib import Path

import pytest

from airloom.errors import AirloomError
from components.plan_knowledge.component import plan_knowledge
from tests.airloom.intents.shop import DAY, shop


def plan(root: str, **settings: object) -> list[int]:
    shards: list[int] = plan_knowledge.python_func(
        lake=root, day=str(DAY), settings=settings, linking={}, shards=2
    )
    return shards


def test_shard_0_runs_even_when_nobody_is_asked(tmp_path: Path) -> None:
    root = shop(tmp_path / "lake").root

    assert plan(root) == [0]
    assert plan(root, reasoner="openai", openai={"model": "qwen"}) == [0, 1]


def test_an_unknown_reasoner_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AirloomError, match="reasoner"):
        plan(shop(tmp_path / "lake").root, reasoner="oracle")
