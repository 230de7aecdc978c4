"""The rankers that an evaluation compares, over one snapshot."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from airloom.ranking.air import AirRanker
from airloom.ranking.baselines.item_cf import ItemCfRanker
from airloom.ranking.baselines.popularity_ranker import PopularityRanker
from airloom.ranking.baselines.sequence_ranker import SequenceRanker
from airloom.ranking.candidates.generation import Candidates, CandidateSettings
from airloom.ranking.ranker import Ranker
from airloom.ranking.snapshot import Snapshot
from components.evaluate_ranker.models import (
    AIR,
    AIR_WITH_INTENTS,
    AIR_WITHOUT_INTENTS,
    ITEM_CF,
    POPULARITY,
    SEQUENCE,
)
from components.train_ranker.choice import RANKER, WITH_INTENTS, WITHOUT_INTENTS


class Compared(NamedTuple):
    """What is compared.

    Attributes:
        air: The trained ranker.
        rankers: By name, `air` first.
        candidates: What the service generates, which all of them order.
    """

    air: AirRanker
    rankers: dict[str, Ranker]
    candidates: Candidates


def compared_rankers(model: Path, snapshot: Snapshot) -> Compared:
    """Return what train_ranker wrote to `model`, and the baselines.

    AIR with intents is compared with itself without them, or the other way round, if that one serves.

    Raises:
        AirloomError: `model` holds no rankers for this snapshot.
    """
    air = AirRanker.load(model / RANKER, snapshot)
    other, folder = (
        (AIR_WITHOUT_INTENTS, WITHOUT_INTENTS)
        if air.settings.inputs.use_intents
        else (AIR_WITH_INTENTS, WITH_INTENTS)
    )
    tree = air.settings.inputs.tree
    rankers: dict[str, Ranker] = {
        AIR: air,
        other: AirRanker.load(model / folder, snapshot),
        SEQUENCE: SequenceRanker(air.towers.encoders["ids"]),
        ITEM_CF: ItemCfRanker(snapshot, tree),
        POPULARITY: PopularityRanker(snapshot),
    }
    return Compared(air, rankers, Candidates(snapshot, CandidateSettings(tree=tree)))
