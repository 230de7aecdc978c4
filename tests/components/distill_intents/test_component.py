from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Encoding, Tokenizer
from tokenizers.models import WordLevel

from airloom.intents.reasoners import factory
from airloom.intents.store import IntentStore
from airloom.logs.lake import Lake
from components.collect_intents.component import collect_intents
from components.distill_intents.component import distill_intents
from components.plan_intents.component import plan_intents
from tests.airloom.intents.shop import DAY, HashingEncoder, shop
from tests.airloom.llm.server.chat_server_double import ChatServerDouble
from tests.components.metrics_double import MetricsDouble


class HashingPieces(HashingEncoder):
    """An encoder that knows every word."""

    def pieces(self, texts: Sequence[str]) -> list[Encoding]:
        words = Tokenizer(WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
        words.add_tokens(sorted({word for text in texts for word in text.split()}))
        return words.encode_batch(list(texts))


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    monkeypatch.setattr(factory, "SentenceEncoder", lambda **_: HashingEncoder())
    monkeypatch.setattr(factory, "MultilingualEncoder", lambda **_: HashingPieces())
    return shop(tmp_path / "lake")


def run(
    lake: Lake, shard: float, settings: dict[str, Any], *, shards: int = 2
) -> tuple[tuple[int, int, int], dict[str, float]]:
    metrics = MetricsDouble()
    done = distill_intents.python_func(
        lake=lake.root, day=str(DAY), settings=settings, shard=shard, shards=shards, metrics=metrics
    )
    return tuple(done), metrics.metadata


def test_a_shard_is_asked_once_and_counted(lake: Lake) -> None:
    first, metrics = run(lake, 0.0, {})
    second, _ = run(lake, 1.0, {})
    again, _ = run(lake, 0.0, {})

    assert first[0] + second[0] == 5
    assert (metrics["asked"], metrics["cached"], metrics["paths"]) == (first[0], 0, first[2])
    assert metrics["left"] == metrics["rejected"] == metrics["usd"] == 0
    assert again == (0, first[0], 0)


def test_the_shards_ask_a_server_for_every_new_atom_once_and_a_second_run_for_none(lake: Lake) -> None:
    with ChatServerDouble().running() as server:
        # numbers travel through a pipeline as floats
        settings = {
            "reasoner": "openai",
            "openai": {"base_url": server.base_url, "model": "qwen", "concurrency": 4.0},
        }
        for _ in range(2):
            shards = plan_intents.python_func(lake=lake.root, day=str(DAY), settings=settings, shards=2)
            asked = [run(lake, shard, settings)[0][0] for shard in shards]
            collect_intents.python_func(lake=lake.root, day=str(DAY), asked=asked, metrics=MetricsDouble())

    assert len(server.requests) == 5
    assert asked == [0]
    assert set(IntentStore(lake).read()["reasoner"].to_pylist()) == {"openai"}


def test_a_server_that_is_down_does_not_stop_the_day_and_is_asked_again(lake: Lake) -> None:
    with ChatServerDouble().running() as server:
        gone = server.base_url
    openai = {"base_url": gone, "model": "qwen", "concurrency": 2, "tries": 1}
    settings = {"reasoner": "openai", "openai": openai}

    _, metrics = run(lake, 0, settings, shards=1)
    collect_intents.python_func(lake=lake.root, day=str(DAY), asked=[0], metrics=MetricsDouble())

    assert metrics["rejected"] + metrics["left"] == 5
    assert metrics["fallback"] == 5
    assert plan_intents.python_func(lake=lake.root, day=str(DAY), settings=settings, shards=1) == [0]
    assert set(IntentStore(lake).read()["reasoner"].to_pylist()) == {"encoder"}
