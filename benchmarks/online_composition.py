"""Times AIR's composition: from a user's stored events to the nodes and evidence of every candidate."""

from __future__ import annotations

import gc
import time
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # has no stubs

from airloom.logs.contract import CONTENT_ACTIONS
from airloom.logs.histories import user_histories
from airloom.logs.lake import Lake
from airloom.ranking.catalogue import Catalogue
from airloom.ranking.consistency.run import last_day
from airloom.ranking.event_weights import EventWeightSettings
from airloom.ranking.intent_tree.retrieve_from_catalogue import retrieve_from_catalogue
from airloom.ranking.intent_tree.tree import build_intent_tree
from airloom.ranking.settings import RetrievalSettings
from airloom.ranking.snapshot import Snapshot
from airloom.timestamps import SECONDS_PER_DAY

_WARM_UP: Final = 100


class StoredEvents(NamedTuple):
    """What a feature store says about one user, oldest first."""

    object_ids: Sequence[str]
    actions: Sequence[str]
    timestamps: Sequence[int]


def stored_events(lake: Lake, snapshot: Snapshot, *, count: int) -> list[StoredEvents]:
    """Return the newest `count` content events of every user of the snapshot's last day who has as many."""
    day = last_day(snapshot)
    users = []
    for row in user_histories(lake, since=day, through=day).to_pylist():
        events = zip(row["object_ids"], row["actions"], row["timestamps"], strict=True)
        content = [event for event in events if event[1] in CONTENT_ACTIONS][-count:]
        if len(content) == count:
            users.append(StoredEvents(*zip(*content, strict=True)))
    return users


def time_composition(
    snapshot: Snapshot, users: Sequence[StoredEvents], *, candidates: int, repetitions: int
) -> list[float]:
    """Return the seconds of every repetition, on one thread, each for another user and other candidates.

    Args:
        snapshot: Mapped from disk, as in the service.
        users: Whose events are composed.
        candidates: The number of products that nodes and evidence are retrieved for; 0 only builds the tree.
        repetitions: How often, after a warm-up.
    """
    catalogue, now = Catalogue.of(snapshot), snapshot.before
    weights, retrieval = EventWeightSettings(), RetrievalSettings()
    random = np.random.default_rng(0)
    seconds = []
    gc.collect()
    gc.freeze()  # as model_service does: a collection is not to walk over all that was loaded
    with threadpool_limits(1):
        for _ in range(_WARM_UP + repetitions):
            events = users[int(random.integers(len(users)))]
            rows = random.choice(snapshot.products, candidates, replace=False)
            start = time.perf_counter()
            history = snapshot.history(*events).before(now)
            tree = build_intent_tree(catalogue.paths, history, weights.event_weights(history, now))
            if candidates:
                ages = ((now - history.timestamps) / SECONDS_PER_DAY).astype(np.float32)
                retrieve_from_catalogue(catalogue, tree, candidates=rows, ages=ages, settings=retrieval)
            seconds.append(time.perf_counter() - start)
    gc.unfreeze()
    return seconds[_WARM_UP:]
