"""A release whose pointers the test moves."""

from __future__ import annotations

from airloom.errors import AirloomError
from airloom.ranking.baselines.popularity_ranker import PopularityRanker
from airloom.ranking.snapshot import Snapshot
from model_service.engine.engine import Engine
from model_service.release.desired import DesiredRelease
from model_service.release.rankers import ModelVersion
from tests.model_service.engine.small_engine import ONE, BrokenRanker, make_engine


class ReleaseDouble:
    """Pointers that the test moves, and what comes of loading what they point to."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.version = "1"
        self.broken: set[str] = set()
        self.away = False
        self.loads: list[str] = []

    def poll(self) -> DesiredRelease:
        if self.away:
            raise AirloomError("The registry is away", do="Wait")
        return DesiredRelease(ONE, "digest", (("air", ModelVersion("airloom-ranker", self.version)),))

    def load(self, desired: DesiredRelease) -> Engine:
        version = desired.models[0][1].version
        self.loads.append(version)
        if version in self.broken:
            return make_engine(self.snapshot, ranker=BrokenRanker("nan"))
        ranker = PopularityRanker(self.snapshot)
        ranker.version = f"v{version}"
        return make_engine(self.snapshot, ranker=ranker)
