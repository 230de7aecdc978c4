"""Measures semantic consistency: how well composed trees agree with one reading of the whole history.

AIR replaces LLM(history) by compose({LLM(event)}). For some users the same reasoner reads the history at
once. Its paths are compared with the composed tree and, as the level of chance, with the tree of another
user. Both sides see the same content events; neither sees events about products.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from airloom.errors import AirloomError
from airloom.intents.history import HistoryLine, HistoryReader, HistoryText
from airloom.intents.paths import IntentPath
from airloom.logs.contract import ACTIONS
from airloom.ranking.catalogue import Catalogue
from airloom.ranking.consistency.agreement import METRICS, Reading, agreement, childless
from airloom.ranking.consistency.direct_paths import DirectPaths
from airloom.ranking.consistency.result import Consistency, estimated
from airloom.ranking.event_weights import EventWeightSettings
from airloom.ranking.history import UserHistory
from airloom.ranking.intent_tree.retrieve_from_catalogue import retrieve_from_catalogue
from airloom.ranking.intent_tree.tree import IntentTree, build_intent_tree
from airloom.ranking.settings import RetrievalSettings
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.texts import reduce_dimensions
from airloom.timestamps import SECONDS_PER_DAY

NO_EVENTS: Final = "no content events"
NO_READING: Final = "the reader gave no path"
NO_TREE: Final = "the composed tree is empty"

Resolve = Callable[[Sequence[tuple[IntentPath, ...]]], DirectPaths]
"""Links the paths of each reading to nodes (`airloom.ranking.consistency.direct_paths`)."""


@dataclass(frozen=True)
class ConsistencySettings:
    """What is compared, and the confidence of the intervals.

    Attributes:
        events: Content events of a user that both sides get at most, the newest.
        candidates: Products whose order is compared, drawn evenly, the same for every user.
        tree: Weights and decay of the composed tree: those of the ranker that serves.
        retrieval: How nodes score a candidate, likewise.
        resamples: Bootstrap resamples of users.
        confidence: Of the intervals.
        seed: Decides candidates, partners and resamples.
    """

    events: int = 50
    candidates: int = 300
    tree: EventWeightSettings = field(default_factory=EventWeightSettings)
    retrieval: RetrievalSettings = field(default_factory=RetrievalSettings)
    resamples: int = 2000
    confidence: float = 0.95
    seed: int = 0


class _Pair(NamedTuple):
    ages: NDArray[np.float32]
    composed: IntentTree
    direct: IntentTree


def measure_consistency(
    snapshot: Snapshot,
    histories: Mapping[str, UserHistory],
    *,
    reader: HistoryReader,
    resolve: Resolve,
    settings: ConsistencySettings,
) -> Consistency:
    """Return the agreement of readings of whole histories with the trees composed of the same events.

    The weights of a reading are scaled to the total of the tree it is compared with: confidences of one
    answer and decayed sums over many have no unit in common. Only events before `snapshot.before` count.

    Args:
        snapshot: Holds the intent paths of every object.
        histories: The histories of a sample of users, by user id.
        reader: The reasoner that read the single events.
        resolve: Links its paths to nodes.
        settings: What is compared.

    Raises:
        AirloomError: Fewer than two users can be compared.
    """
    now = snapshot.before
    past = [_content(snapshot, histories[user].before(now), settings.events) for user in sorted(histories)]
    read = [history for history in past if history]
    answers = reader.read_histories([history_text(snapshot, history, now) for history in read])
    nodes, paths = resolve(answers)
    node_texts = reduce_dimensions(nodes.embeddings, snapshot.texts.basis)
    catalogue = Catalogue.of(snapshot)._replace(node_texts=node_texts)

    left_out = {NO_EVENTS: len(past) - len(read), NO_READING: 0, NO_TREE: 0}
    pairs: list[_Pair] = []
    for row, history in enumerate(read):
        tree = build_intent_tree(catalogue.paths, history, settings.tree.event_weights(history, now))
        direct_tree = build_intent_tree(paths, _single(row), np.ones(1, np.float32))
        if len(tree.nodes) and len(direct_tree.nodes):
            ages = ((now - history.timestamps) / SECONDS_PER_DAY).astype(np.float32)
            pairs.append(_Pair(ages, tree, direct_tree))
        else:
            left_out[NO_TREE if len(direct_tree.nodes) else NO_READING] += 1
    if len(pairs) < 2:
        why = "; ".join(f"{reason}: {count}" for reason, count in left_out.items() if count)
        raise AirloomError(
            f"Of {len(past)} users {len(pairs)} can be compared{f' ({why})' if why else ''}",
            do="Take more users, or a day whose events have been read: airloom run daily",
        )

    rng = np.random.default_rng(settings.seed)
    count = min(settings.candidates, len(snapshot.products))
    candidates = np.sort(rng.choice(snapshot.products, count, replace=False))
    partners = _partners(len(pairs), rng)
    leaves = childless(nodes)

    def reading_of(tree: IntentTree, ages: NDArray[np.float32]) -> Reading:
        retrieved = retrieve_from_catalogue(
            catalogue, tree, candidates=candidates, ages=ages, settings=settings.retrieval
        )
        return Reading(tree, retrieved.scores.sum(axis=1, dtype=np.float64))

    own, chance = np.empty((2, len(pairs), len(METRICS)))
    for row, pair in enumerate(pairs):
        composed = reading_of(pair.composed, pair.ages)
        for values, other in ((own, row), (chance, partners[row])):
            scaled = _scaled(pairs[other].direct, float(pair.composed.weights.sum()))
            direct = reading_of(scaled, np.zeros(1, np.float32))
            values[row] = agreement(composed, direct, nodes=nodes, leaves=leaves)
    return Consistency(
        users=len(pairs),
        left_out=left_out,
        events=float(np.mean([len(pair.ages) for pair in pairs])),
        composed_nodes=float(np.mean([len(pair.composed.nodes) for pair in pairs])),
        direct_nodes=float(np.mean([len(pair.direct.nodes) for pair in pairs])),
        candidates=count,
        metrics=estimated(
            own, chance, resamples=settings.resamples, confidence=settings.confidence, seed=settings.seed
        ),
    )


def history_text(snapshot: Snapshot, history: UserHistory, now: int) -> HistoryText:
    """Return the text of `history` that a reader gets, newest event first."""
    events = zip(*(column[::-1].tolist() for column in history.events), strict=True)
    titles = snapshot.objects.titles
    return tuple(
        HistoryLine(ACTIONS[action], titles[row], (now - seconds) / SECONDS_PER_DAY)
        for row, action, seconds in events
    )


def _content(snapshot: Snapshot, history: UserHistory, max_events: int) -> UserHistory:
    """Return the newest events of content with a title: others cannot be read by a reasoner."""
    titled = np.array([bool(snapshot.objects.titles[row].strip()) for row in history.objects], np.bool_)
    kept = np.flatnonzero(titled & ~snapshot.objects.is_product[history.objects])[-max_events:]
    return UserHistory(history.objects[kept], history.actions[kept], history.timestamps[kept])


def _single(row: int) -> UserHistory:
    """Return a history of one event on reading `row`, to build an intent tree of the reading."""
    return UserHistory(np.array([row], np.int32), np.zeros(1, np.int8), np.zeros(1, np.int64))


def _partners(count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return a permutation of the users that leaves nobody in place (a derangement)."""
    circle = rng.permutation(count)
    partners = np.empty_like(circle)
    partners[circle] = np.roll(circle, 1)
    return partners


def _scaled(tree: IntentTree, total: float) -> IntentTree:
    factor = np.float32(total / max(float(tree.weights.sum()), 1e-9))
    return tree._replace(weights=tree.weights * factor, support=tree.support * factor)
