"""Products that go with an object, learnt from the order of events: the item-to-item table of a snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from airloom.logs.contract import ACTIONS
from airloom.logs.lake import Lake
from airloom.statistics.links import PAIRS_AT_ONCE, Links, strongest, with_second_hop
from airloom.statistics.past_events import days_that_count, decay
from airloom.statistics.sequences import Sequences, read_sequences
from airloom.timestamps import SECONDS_PER_DAY, EpochSeconds

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
        through: Strongest neighbours of an object through which others are reached, and as many of theirs.
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
    through: int = 50
    keep: int = 50


def cooccurrence(lake: Lake, *, before: EpochSeconds, settings: CooccurrenceSettings) -> pa.Table:
    """The neighbours of every object: `SCHEMA`, by object_id, strongest first, ties by neighbour_id.

    A pair of events of one user, d events apart, adds

        weight(source event) * weight(product event) * decay(age) * (1 | reverse) / sqrt(d)

    to the link from one object to the product; links are divided by powers of both objects' own weights.
    Neighbours of neighbours are added with their links normalised to one (window, distance, exponents and
    second hop: the item-CF that docs/explanation/features-and-snapshot.md compares).

    Args:
        lake: Holds the clean events.
        before: Only events earlier than this count.
        settings: How pairs are weighed.
    """
    past, ids = read_sequences(lake, before=before, days=days_that_count(settings.half_life_days))
    links = neighbour_links(past, count=len(ids), before=before, settings=settings)
    return neighbours_table(links, ids)


def neighbours_table(links: Links, ids: pa.Array) -> pa.Table:
    """Links as rows of `SCHEMA`, in their order; `ids` are those of all objects."""
    return pa.table(
        [
            ids.take(pa.array(links.sources)),
            ids.take(pa.array(links.targets)),
            pa.array(links.weights.astype(np.float32)),
        ],
        schema=SCHEMA,
    )


def neighbour_links(
    past: Sequences, *, count: int, before: EpochSeconds, settings: CooccurrenceSettings
) -> Links:
    """The neighbours of every object, see `cooccurrence`; by source, strongest first.

    Args:
        past: Only events earlier than `before`.
        count: Number of objects.
        before: The moment from which the age of an event is counted.
        settings: How pairs are weighed.
    """
    links = strongest(_direct(past, count, before, settings), keep=settings.keep)
    if settings.second_hop > 0:
        near = strongest([links], keep=settings.through)
        both = with_second_hop(links, near, count=count, weight=settings.second_hop)
        links = Links.of(strongest([part], keep=settings.keep) for part in both)  # no source is in two parts
    return links


def _direct(
    past: Sequences, count: int, before: EpochSeconds, settings: CooccurrenceSettings
) -> Iterator[Links]:
    """The links to one group of products after the other, so that memory does not grow with the log."""
    weights = np.array([getattr(settings, action) for action in ACTIONS])[past.actions]
    decays = decay((before - past.timestamps) / SECONDS_PER_DAY, settings.half_life_days)
    own = np.maximum(np.bincount(past.objects, weights * decays, minlength=count), 1e-9)
    steps = np.concatenate((np.arange(-settings.window, 0), np.arange(1, settings.window + 1)))
    nearness = np.where(steps < 0, 1.0, settings.reverse) / np.sqrt(np.abs(steps))
    places = np.flatnonzero(past.about_products)
    places = places[np.argsort(past.objects[places], kind="stable")]
    most = max(PAIRS_AT_ONCE // len(steps), 1)
    unfinished = Links.none()
    for begin in range(0, len(places), most):
        mine, others, step = _pairs(past, places[begin : begin + most], steps)
        added = weights[others] * weights[mine] * decays[mine] * nearness[step]
        links = unfinished.joined(Links(past.objects[others], past.objects[mine], added)).summed(count)
        following = past.objects[places[begin + most]] if begin + most < len(places) else -1
        unfinished = links.where(links.targets == following)
        links = links.where(links.targets != following)
        scale = (
            own[links.sources] ** -settings.source_exponent * own[links.targets] ** -settings.target_exponent
        )
        yield links._replace(weights=links.weights * scale)


def _pairs(
    past: Sequences, places: NDArray[np.int64], steps: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Every product event in `places` with an event of the same user, and which of `steps` leads there."""
    others = places[:, None] + steps
    inside = (others >= 0) & (others < len(past.users))
    others = np.where(inside, others, 0)
    inside &= past.users[others] == past.users[places][:, None]
    inside &= past.objects[others] != past.objects[places][:, None]
    mine, step = np.nonzero(inside)
    return places[mine], others[inside], step
