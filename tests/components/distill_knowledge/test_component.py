from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pytest

from airloom.errors import AirloomError
from airloom.intents import sentence_encoder
from airloom.knowledge.build_cards import read_cards
from airloom.logs.lake import Lake
from components.collect_knowledge.component import collect_knowledge
from components.distill_knowledge.component import distill_knowledge
from components.plan_knowledge.component import plan_knowledge
from tests.airloom.intents.shop import DAY, HashingEncoder, contents
from tests.airloom.knowledge.jobs.conftest import lake_with_intents
from tests.airloom.knowledge.jobs.model import model_server
from tests.components.metrics_double import MetricsDouble


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    monkeypatch.setattr(sentence_encoder, "SentenceEncoder", lambda **_: HashingEncoder())
    return lake_with_intents(tmp_path / "lake")


def run(
    lake: Lake, settings: dict[str, Any], *, cards: dict[str, Any] | None = None
) -> tuple[list[int], dict[str, float]]:
    """Run the three steps in two shards; return what each shard asked, and the last step's metrics."""
    common = {"lake": lake.root, "day": str(DAY)}
    asked = [
        distill_knowledge.python_func(
            **common, settings=settings, linking={}, shard=float(shard), shards=2, metrics=MetricsDouble()
        )
        for shard in plan_knowledge.python_func(**common, settings=settings, linking={}, shards=2)
    ]
    metrics = MetricsDouble()
    collect_knowledge.python_func(**common, settings=cards or {}, linking={}, asked=asked, metrics=metrics)
    return asked, metrics.metadata


def sources(lake: Lake) -> set[str]:
    return set(read_cards(lake, through=DAY)["source"].to_pylist())


def test_unless_a_recipe_asks_for_a_model_the_cards_are_of_rules(lake: Lake) -> None:
    asked, metrics = run(lake, {})

    assert asked == [0]
    assert (metrics["asked"], metrics["read"], metrics["products"]) == (0, 0, 5)
    assert metrics["claims"] > 0
    assert sources(lake) == {"rules"}


def test_the_shards_ask_about_every_product_once_and_the_cards_say_who_said_what(lake: Lake) -> None:
    with model_server().running() as server:
        settings = {"reasoner": "openai", "openai": {"base_url": server.base_url, "model": "qwen"}}
        first, metrics = run(lake, settings)
        cards = contents(lake.path("knowledge", "claims"))
        second, _ = run(lake, settings)

    assert sum(first) == len(server.requests) == 20
    assert sum(second) == 0
    assert contents(lake.path("knowledge", "claims")) == cards
    assert (metrics["read"], metrics["criticized"], metrics["struck"]) == (5, 5, 6)
    assert sources(lake) == {"rules", "attributes", "relations"}  # no need node exists that needs could name


def test_the_settings_of_a_recipe_say_how_cards_are_made(lake: Lake) -> None:
    def features() -> list[str]:
        cards = read_cards(lake, through=DAY)
        return cards.filter(pc.field("relation") == "feature")["object_id"].to_pylist()

    run(lake, {})
    assert features() == []  # a term must be in three titles
    run(lake, {}, cards={"rules": {"min_titles": 1, "features": 1}})
    assert features() == ["p1", "p2", "p3", "p4", "p5"]
    with pytest.raises(AirloomError, match="fetures"):
        run(lake, {}, cards={"rules": {"fetures": 1}})


def test_a_server_that_is_down_leaves_rules_cards(lake: Lake) -> None:
    with model_server().running() as server:
        gone = server.base_url
    openai = {"base_url": gone, "model": "qwen", "concurrency": 1, "max_attempts": 1}

    _, metrics = run(lake, {"reasoner": "openai", "openai": openai})

    assert metrics["read"] == 0
    assert sources(lake) == {"rules"}
