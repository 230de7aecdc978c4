"""Item-to-item collaborative filtering (item-CF): products bought together with an object, from the log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from airloom.logs.contract import ACTIONS
from airloom.logs.lake import Lake
from airloom.settings import formerly
from airloom.statistics.item_graph import PAIRS_PER_BLOCK, ItemGraph, strongest, with_second_hop
from airloom.statistics.past_events import decay, lookback_days
from airloom.statistics.sequences import Sequences, read_sequences
from airloom.timestamps import SECONDS_PER_DAY, EpochSeconds

SCHEMA: Final = pa.schema(
    [("object_id", pa.string()), ("neighbor_id", pa.string()), ("weight", pa.float32())]
)


@dataclass(frozen=True)
class CooccurrenceSettings:
    """How two events of one user make their objects neighbors.

    Attributes:
        window: A product is paired with this many events before it, and as many after it.
        reverse: Weight of a pair whose product came first.
        view: Weight of a view, as the source or the target of a pair; the other actions likewise.
        like: Weight of a like.
        click: Weight of a product click.
        cart: Weight of a cart.
        order: Weight of an order.
        half_life_days: After how many days a pair counts half (age of its product's event).
        source_exponent: A pair is divided by (weight of all events of the source) to this power.
        target_exponent: The same for the product: larger values favor rare products.
        second_hop: Weight of neighbors' neighbors; 0 leaves them out.
        second_hop_width: Strongest neighbors of an object whose own strongest neighbors are followed.
        keep: Neighbors of an object that are kept, the strongest.
    """

    window: int = 50
    reverse: float = 0.2
    view: float = 0.5
    like: float = 1.0
    click: float = 0.5
    cart: float = 1.0
    order: float = 2.0
    half_life_days: float = 30.0
    source_exponent: float = 0.5
    target_exponent: float = 0.2
    second_hop: float = 0.5
    second_hop_width: int = field(default=50, metadata=formerly("through"))
    keep: int = 50


def cooccurrence(lake: Lake, *, before: EpochSeconds, settings: CooccurrenceSettings) -> pa.Table:
    """Return the neighbors of every object: `SCHEMA`, by object_id, strongest first, ties by neighbor_id.

    A pair of events of one user, d events apart, adds

        weight(source event) * weight(product event) * decay(age) * (1 | reverse) / sqrt(d)

    to the edge from the source object to the product; edges are divided by powers of both objects' own
    weights. Neighbors of neighbors are added with their edges normalized to one (window, distance,
    exponents and second hop: the item-CF that docs/explanation/features-and-snapshot.md compares).

    Args:
        lake: Holds the clean events.
        before: Only events earlier than this count.
        settings: How pairs are weighted.
    """
    past, ids = read_sequences(lake, before=before, days=lookback_days(settings.half_life_days))
    graph = neighbor_graph(past, count=len(ids), before=before, settings=settings)
    return neighbors_table(graph, ids)


def neighbors_table(graph: ItemGraph, ids: pa.Array) -> pa.Table:
    """Return edges as rows of `SCHEMA`, in their order; `ids` are those of all objects."""
    return pa.table(
        [
            ids.take(pa.array(graph.sources)),
            ids.take(pa.array(graph.targets)),
            pa.array(graph.weights.astype(np.float32)),
        ],
        schema=SCHEMA,
    )


def neighbor_graph(
    past: Sequences, *, count: int, before: EpochSeconds, settings: CooccurrenceSettings
) -> ItemGraph:
    """Return the neighbors of every object, see `cooccurrence`; by source, strongest first.

    Args:
        past: Only events earlier than `before`.
        count: Number of objects.
        before: The moment from which the age of an event is counted.
        settings: How pairs are weighted.
    """
    graph = strongest(_direct_edges(past, count, before, settings), keep=settings.keep)
    if settings.second_hop > 0:
        near = strongest([graph], keep=settings.second_hop_width)
        groups = with_second_hop(graph, near, count=count, weight=settings.second_hop)
        # no source is in two groups
        graph = ItemGraph.concat(strongest([group], keep=settings.keep) for group in groups)
    return graph


def _direct_edges(
    past: Sequences, count: int, before: EpochSeconds, settings: CooccurrenceSettings
) -> Iterator[ItemGraph]:
    """Yield the edges to one group of products after the other, so that memory does not grow with the log."""
    weights = np.array([getattr(settings, action) for action in ACTIONS])[past.actions]
    decays = decay((before - past.timestamps) / SECONDS_PER_DAY, settings.half_life_days)
    object_weights = np.maximum(np.bincount(past.objects, weights * decays, minlength=count), 1e-9)
    steps = np.concatenate((np.arange(-settings.window, 0), np.arange(1, settings.window + 1)))
    step_weights = np.where(steps < 0, 1.0, settings.reverse) / np.sqrt(np.abs(steps))
    product_events = np.flatnonzero(past.is_commerce)
    product_events = product_events[np.argsort(past.objects[product_events], kind="stable")]
    block_size = max(PAIRS_PER_BLOCK // len(steps), 1)
    unfinished = ItemGraph.empty()
    for begin in range(0, len(product_events), block_size):
        end = begin + block_size
        targets, sources, step = _pairs(past, product_events[begin:end], steps)
        added = weights[sources] * weights[targets] * decays[targets] * step_weights[step]
        edges = ItemGraph(past.objects[sources], past.objects[targets], added)
        graph = ItemGraph.concat((unfinished, edges)).summed(count)
        next_product = past.objects[product_events[end]] if end < len(product_events) else -1
        unfinished = graph.where(graph.targets == next_product)
        graph = graph.where(graph.targets != next_product)
        source_scale = object_weights[graph.sources] ** -settings.source_exponent
        target_scale = object_weights[graph.targets] ** -settings.target_exponent
        yield graph._replace(weights=graph.weights * (source_scale * target_scale))


def _pairs(
    past: Sequences, product_events: NDArray[np.int64], steps: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return every product event paired with the events of the same user around it.

    Returns:
        Indices of the product events, of the events paired with them, and of the step between them.
    """
    others = product_events[:, None] + steps
    inside = (others >= 0) & (others < len(past.users))
    others = np.where(inside, others, 0)
    inside &= past.users[others] == past.users[product_events][:, None]
    inside &= past.objects[others] != past.objects[product_events][:, None]
    pair, step = np.nonzero(inside)
    return product_events[pair], others[inside], step
