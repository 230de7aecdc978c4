"""Turns the nodes and events behind a score into labels and titles that a person can read."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from airloom.intents.linking.nodes import NEED, Nodes
from airloom.logs.contract import ACTIONS
from airloom.ranking.history import UserHistory
from airloom.ranking.ranker import Ranking
from airloom.ranking.snapshot import Objects, Snapshot
from airloom.timestamps import EpochSeconds, to_datetime
from model_service.pages.schema import Reason, ReasonEvent

MAX_EVENTS = 3


def explain(
    snapshot: Snapshot, history: UserHistory, ranking: Ranking, places: NDArray[np.intp]
) -> list[Reason]:
    """The reasons of the candidates at `places`: their strongest chain and at most three events."""
    told: dict[int, ReasonEvent] = {}  # products of one page mostly share their events
    reasons = []
    for chains, evidence in zip(
        ranking.chains[places].tolist(), ranking.evidence[places, :MAX_EVENTS].tolist(), strict=True
    ):
        events = [event for event in evidence if event >= 0]
        for event in events:
            if event not in told:
                told[event] = told_event(snapshot.objects, history, event)
        reasons.append(
            Reason(
                chain=_chain(snapshot.nodes, [node for node in chains if node >= 0]),
                events=[told[event] for event in events],
            )
        )
    return reasons


def _chain(nodes: Nodes, strongest: list[int]) -> list[str]:
    """The strongest need, if one speaks, before the walk down to the strongest category."""
    needs = [node for node in strongest if nodes.kinds[node] == NEED]
    categories = [node for node in strongest if nodes.kinds[node] != NEED]
    walk = needs[:1] + (nodes.path_to(categories[0]) if categories else [])
    return [nodes.labels[node] for node in walk]


def told_event(objects: Objects, history: UserHistory, event: int) -> ReasonEvent:
    """The event at a place of the history, as a person reads it."""
    row = int(history.objects[event])
    return ReasonEvent(
        object_id=objects.ids[row],
        title=objects.titles[row],
        action=ACTIONS[history.actions[event]],
        at=to_datetime(EpochSeconds(int(history.timestamps[event]))),
    )
