"""An engine over the small shop, and rankers that fail or explain."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from airloom.assistant.currency import NO_RATES
from airloom.causes import SIGNALS, Cause
from airloom.experiments.experiment import Experiment, Variant
from airloom.ranking.baselines.item_cf import ItemCfRanker
from airloom.ranking.history import UserHistory
from airloom.ranking.ranker import Ranker, Ranking
from airloom.ranking.snapshot import Snapshot
from model_service.engine.assistant_model import AssistantModel
from model_service.engine.engine import Engine
from model_service.engine.loaded_release import LoadedRelease
from model_service.outbox.exposure_log import PageImpression
from model_service.user_events.reader import ReadInferred, UserEventReader
from model_service.user_events.recent_events import MemoryRecentEvents, RecentEventStore
from tests.model_service.shop import BLENDER, CAT_BED, NOON, USERS

Events: TypeAlias = tuple[Sequence[str], Sequence[str], Sequence[Any]]
AT = datetime.fromtimestamp(NOON, UTC)


ONE = Experiment("one", (Variant("only", 1.0, "item_cf"),), salt="", control="only")


def read(user_id: str) -> Events:
    return USERS.get(user_id, ([], [], []))


class BrokenRanker:
    """A ranker that raises, gives NaN, or scores the wrong number of candidates."""

    version = "broken"

    def __init__(self, fault: str) -> None:
        self._fault = fault

    def rank(self, *, history: UserHistory, candidates: NDArray[np.int32], now: int) -> Ranking:  # noqa: ARG002 - a Ranker's
        if self._fault == "raises":
            raise RuntimeError("out of memory")
        scores = np.full(len(candidates), np.nan, np.float32)
        return Ranking.without_intents(scores[: 1 if self._fault == "short" else None], {})


class ReasoningRanker:
    """A ranker whose retrieved nodes, evidence and only signal are known."""

    version = "reasoning"
    signal = Cause.INTENTS

    def rank(self, *, history: UserHistory, candidates: NDArray[np.int32], now: int) -> Ranking:  # noqa: ARG002 - a Ranker's
        count = len(candidates)
        return Ranking(
            np.arange(count, dtype=np.float32),
            np.tile(np.array([BLENDER, CAT_BED], np.int32), (count, 1)),
            np.tile(np.array([1, 0, -1], np.int32), (count, 1)),
            lambda rows: np.tile(np.eye(1, len(SIGNALS), SIGNALS.index(self.signal)), (len(rows), 1)),
        )


def make_engine(
    snapshot: Snapshot,
    *,
    ranker: Ranker | None = None,
    read_history: Callable[[str], Events] = read,
    recent_events: RecentEventStore | None = None,
    read_inferred: ReadInferred = lambda _: ([], []),
    shown: list[PageImpression] | None = None,
    assistant_model: AssistantModel | None = None,
    exchange_rates: Mapping[str, float] = NO_RATES,
) -> Engine:
    return Engine(
        experiment=ONE,
        state=LoadedRelease(snapshot, {"only": ranker or ItemCfRanker(snapshot)}),
        users=UserEventReader(
            read_history, recent_events or MemoryRecentEvents(), read_inferred=read_inferred
        ),
        log_exposure=(shown if shown is not None else []).append,
        assistant_model=assistant_model,
        exchange_rates=exchange_rates,
    )
