"""The reasons of a page: the nodes and events behind a score as labels and titles."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from airloom.intents.linking.nodes import NEED, Nodes
from airloom.logs.contract import ACTIONS
from airloom.ranking.history import UserHistory
from airloom.ranking.ranker import Ranking
from airloom.ranking.snapshot import Objects, Snapshot
from airloom.timestamps import EpochSeconds, to_datetime
from model_service.api.rank import Reason, ReasonEvent

MAX_REASON_EVENTS: Final = 3
"""Events shown per reason."""


def explain(
    snapshot: Snapshot, history: UserHistory, ranking: Ranking, rows: NDArray[np.intp]
) -> list[Reason]:
    """Return the reasons of some candidates: their strongest chain and at most `MAX_REASON_EVENTS` events.

    Args:
        snapshot: What is ranked.
        history: The user's events.
        ranking: The retrieved nodes and the evidence of all candidates.
        rows: The rows of `ranking` to explain.
    """
    reason_events: dict[int, ReasonEvent] = {}  # products of one page mostly share their events
    reasons = []
    for nodes, evidence in zip(
        ranking.nodes[rows].tolist(), ranking.evidence[rows, :MAX_REASON_EVENTS].tolist(), strict=True
    ):
        events = [event for event in evidence if event >= 0]
        for event in events:
            if event not in reason_events:
                reason_events[event] = to_reason_event(snapshot.objects, history, event)
        reasons.append(
            Reason(
                chain=_chain(snapshot.nodes, [node for node in nodes if node >= 0]),
                events=[reason_events[event] for event in events],
            )
        )
    return reasons


def to_reason_event(objects: Objects, history: UserHistory, index: int) -> ReasonEvent:
    """Return the event at an index of the history, with its object's id and title."""
    row = int(history.objects[index])
    return ReasonEvent(
        object_id=objects.ids[row],
        title=objects.titles[row],
        action=ACTIONS[history.actions[index]],
        at=to_datetime(EpochSeconds(int(history.timestamps[index]))),
    )


def _chain(nodes: Nodes, strongest: list[int]) -> list[str]:
    """Return the strongest need, if there is one, before the path from the root to the strongest category."""
    needs = [node for node in strongest if nodes.kinds[node] == NEED]
    categories = [node for node in strongest if nodes.kinds[node] != NEED]
    path = needs[:1] + (nodes.path_to(categories[0]) if categories else [])
    return [nodes.labels[node] for node in path]
