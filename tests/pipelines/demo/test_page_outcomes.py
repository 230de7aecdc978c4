from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from airloom.logs.lake import Lake
from airloom.ranking.baselines.popularity_ranker import PopularityRanker
from airloom.ranking.candidates.generation import Candidates
from airloom.ranking.ranker import Ranker
from airloom.simulation.settings import WorldSettings
from airloom.simulation.world import World
from benchmarks.sample_snapshot import fill_lake, snapshot_of
from benchmarks.sample_world_intents import ORDERS, window
from components.build_training_set.dataset import LabelWindow
from pipelines.demo.page_outcomes import page_outcomes
from pipelines.demo.summary import format_pages
from tests.airloom.intents.shop import HashingEncoder
from tests.airloom.ranking.fixed_scores import FixedScores

SHOPPERS = 60


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> LabelWindow:
    """The orders of the last two days of a small world, and the snapshot of their start."""
    lake = Lake(tmp_path_factory.mktemp("world") / "lake")
    begin = fill_lake(lake, shoppers=SHOPPERS)[-2]
    snapshot = snapshot_of(
        lake, day=begin - timedelta(days=1), encoder=HashingEncoder(), reader=HashingEncoder()
    )
    return LabelWindow(window(lake, snapshot, begin=begin, weights=ORDERS).examples, snapshot)


def test_pages_of_the_whole_shop_are_compared_with_the_best_possible(judged: LabelWindow) -> None:
    snapshot = judged.snapshot
    rankers: dict[str, Ranker] = {
        "air": PopularityRanker(snapshot),
        "item_cf": FixedScores(-snapshot.objects.popularity),  # the least popular first
    }
    world = World(WorldSettings(shoppers=SHOPPERS, served_days=0))
    figures = page_outcomes(world, judged, rankers, Candidates(snapshot))
    assert figures.users == len({example.user_id for example in judged.examples})
    assert 0 < figures.orders["item_cf"] < figures.orders["air"] < figures.best_orders
    assert max(figures.gmv.values()) < figures.best_gmv
    assert figures.first_orders["air"] < figures.orders["air"]
    lead = figures.orders_minus["item_cf"]
    assert lead["mean"] == pytest.approx(figures.orders["air"] - figures.orders["item_cf"])
    assert lead["low"] < lead["mean"] < lead["high"]
    share = figures.orders["air"] / figures.best_orders
    assert f"AIR {figures.orders['air']:.2f} orders ({share:.0%})" in format_pages(figures)
    assert np.isfinite([*figures.gmv_minus["item_cf"].values()]).all()
