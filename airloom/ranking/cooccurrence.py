"""Products that go with an object, learnt from the order of events: the item-to-item table of a snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from airloom.logs.contract import ACTIONS, COMMERCE
from airloom.logs.lake import Lake
from airloom.ranking.links import PAIRS_AT_ONCE, Links, strongest, with_second_hop
from airloom.ranking.past_events import DAY_SECONDS, MICROSECONDS, decay, events_before

SCHEMA: Final = pa.schema(
    [("object_id", pa.string()), ("neighbour_id", pa.string()), ("weight", pa.float32())]
)


@dataclass(frozen=True)
class CooccurrenceSettings:
    """How two events of one user make their objects neighbours.

    Attributes:
        window: A product is paired with so many events before it, and so many after it.
        reverse: Weight of a pair whose product came first.
        view: Weight of a view, as the source or the target of a pair; the other actions likewise.
        like: Weight of a like.
        click: Weight of a product click.
        cart: Weight of a cart.
        order: Weight of an order.
        half_life_days: After how many days a pair counts half (age of its product's event).
        source_exponent: A pair is divided by (weight of all events of the source) to this power.
        target_exponent: The same for the product: larger favours rare products.
        second_hop: Weight of neighbours' neighbours; 0 leaves them out.
        keep: Neighbours of an object that are kept, the strongest.
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
    keep: int = 50


class _Sequences(NamedTuple):
    """Events in the order of users and then time: all arrays [E]; `ids` names the objects."""

    users: NDArray[np.int32]
    objects: NDArray[np.int32]
    weights: NDArray[np.float64]
    decays: NDArray[np.float64]
    is_product: NDArray[np.bool_]
    ids: pa.Array


def cooccurrence(lake: Lake, *, as_of: int, settings: CooccurrenceSettings) -> pa.Table:
    """The neighbours of every object: `SCHEMA`, by object_id, strongest first, ties by neighbour_id.

    A pair of events of one user, d events apart, adds

        weight(source event) * weight(product event) * decay(age) * (1 | reverse) / sqrt(d)

    to the link from one object to the product; links are divided by powers of both objects' own weights.
    Neighbours of neighbours are added with their links normalised to one (window, distance, exponents and
    second hop: the item-CF that docs/features.md compares).

    Args:
        lake: Holds the clean events.
        as_of: Seconds since 1970 UTC; events at or after this moment do not count.
        settings: How pairs are weighed.
    """
    past = _sequences(lake, as_of=as_of, settings=settings)
    links = strongest(_direct(past, settings), keep=settings.keep)
    if settings.second_hop > 0:
        both = with_second_hop(links, count=len(past.ids), weight=settings.second_hop)
        links = strongest(both, keep=settings.keep)
    return pa.table(
        [
            past.ids.take(pa.array(links.sources)),
            past.ids.take(pa.array(links.targets)),
            pa.array(links.weights.astype(np.float32)),
        ],
        schema=SCHEMA,
    )


def _sequences(lake: Lake, *, as_of: int, settings: CooccurrenceSettings) -> _Sequences:
    events = events_before(lake, as_of=as_of, half_life_days=settings.half_life_days).to_table(
        columns=["user_id", "ts", "domain", "action", "object_id"],
        filter=pc.field("ts") < pa.scalar(as_of * MICROSECONDS, pa.timestamp("us", tz="UTC")),
    )
    users, _ = _codes(events["user_id"])
    objects, ids = _codes(events["object_id"])
    actions = pc.index_in(events["action"], value_set=pa.array(ACTIONS)).to_numpy()
    seconds = events["ts"].cast(pa.int64()).to_numpy() // MICROSECONDS
    # events of one second have no order: let the object decide, scattered so that ids do not matter
    scattered = objects.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    order = np.lexsort((actions, scattered, seconds, users))
    alphas = np.array([getattr(settings, action) for action in ACTIONS])
    return _Sequences(
        users[order],
        objects[order],
        alphas[actions][order],
        decay((as_of - seconds[order]) / DAY_SECONDS, settings.half_life_days),
        pc.equal(events["domain"], COMMERCE).to_numpy()[order],
        ids,
    )


def _codes(column: pa.ChunkedArray) -> tuple[NDArray[np.int32], pa.Array]:
    """Each value's rank among the distinct values, and these in ascending order."""
    ids = pc.unique(column).sort()
    return pc.index_in(column, value_set=ids).to_numpy().astype(np.int32), ids


def _direct(past: _Sequences, settings: CooccurrenceSettings) -> Iterator[Links]:
    """The links to one group of products after the other, so that memory does not grow with the log."""
    count = len(past.ids)
    own = np.maximum(np.bincount(past.objects, past.weights * past.decays, minlength=count), 1e-9)
    steps = np.concatenate((np.arange(-settings.window, 0), np.arange(1, settings.window + 1)))
    nearness = np.where(steps < 0, 1.0, settings.reverse) / np.sqrt(np.abs(steps))
    places = np.flatnonzero(past.is_product)
    places = places[np.argsort(past.objects[places], kind="stable")]
    most = max(PAIRS_AT_ONCE // len(steps), 1)
    unfinished = Links.none()
    for begin in range(0, len(places), most):
        pairs = _pairs(past, places[begin : begin + most], steps, nearness)
        links = unfinished.joined(pairs).summed(count)
        following = past.objects[places[begin + most]] if begin + most < len(places) else -1
        unfinished = links.where(links.targets == following)
        links = links.where(links.targets != following)
        scale = (
            own[links.sources] ** -settings.source_exponent * own[links.targets] ** -settings.target_exponent
        )
        yield links._replace(weights=links.weights * scale)


def _pairs(
    past: _Sequences, places: NDArray[np.int64], steps: NDArray[np.int64], nearness: NDArray[np.float64]
) -> Links:
    """Every pair of a product event in `places` with an event of the same user, `steps` away from it."""
    others = places[:, None] + steps
    inside = (others >= 0) & (others < len(past.users))
    others = np.where(inside, others, 0)
    inside &= past.users[others] == past.users[places][:, None]
    inside &= past.objects[others] != past.objects[places][:, None]
    mine, step = np.nonzero(inside)
    here, there = places[mine], others[inside]
    added = past.weights[there] * past.weights[here] * past.decays[here] * nearness[step]
    return Links(past.objects[there], past.objects[here], added)
