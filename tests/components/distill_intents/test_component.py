from __future__ import annotations

from pathlib import Path

import pytest

from airloom.intents.reasoners import choice
from components.distill_intents.component import distill_intents
from tests.airloom.intents.shop import DAY, HashingEncoder, shop


class Metrics:
    def __init__(self) -> None:
        self.metadata: dict[str, float] = {}

    def log_metric(self, name: str, value: float) -> None:
        self.metadata[name] = value


def test_a_shard_is_asked_once_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "SentenceEncoder", lambda **_: HashingEncoder())
    lake = shop(tmp_path / "lake")

    def run(shard: float) -> tuple[tuple[int, int, int], dict[str, float]]:
        metrics = Metrics()
        done = distill_intents.python_func(
            lake=lake.root, day=str(DAY), settings={}, shard=shard, shards=2, metrics=metrics
        )
        return tuple(done), metrics.metadata

    first, metrics = run(0.0)
    second, _ = run(1.0)
    again, _ = run(0.0)

    assert first[0] + second[0] == 5
    assert (metrics["asked"], metrics["cached"], metrics["paths"]) == (first[0], 0, first[2])
    assert metrics["left"] == metrics["rejected"] == metrics["usd"] == 0
    assert again == (0, first[0], 0)
