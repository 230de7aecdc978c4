from __future__ import annotations

from pathlib import Path

import pytest

from airloom.errors import AirloomError
from airloom.intents.import_answers import import_answers
from components.plan_intents.component import plan_intents
from tests.airloom.intents.shop import DAY, reply, shop, write_replies


def plan(root: str, **settings: object) -> list[int]:
    shards: list[int] = plan_intents.python_func(lake=root, day=str(DAY), settings=settings, shards=2)
    return shards


def test_shard_0_runs_even_when_nothing_is_left_to_ask(tmp_path: Path) -> None:
    lake = shop(tmp_path / "lake")
    assert plan(lake.root) == [0, 1]

    replies = write_replies(tmp_path / "replies.jsonl", *(reply(f"c{number}") for number in range(1, 5)))
    import_answers(lake, replies, model="llm")

    assert plan(lake.root) == [0]


def test_numbers_that_travelled_as_floats_are_understood(tmp_path: Path) -> None:
    assert plan(shop(tmp_path / "lake").root, threads=2.0) == [0, 1]


def test_an_unknown_reasoner_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AirloomError, match="reasoner"):
        plan(shop(tmp_path / "lake").root, reasoner="oracle")
