"""What holds for all products of a category: needs that lead to it, content before it, what goes with it."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from airloom.intents.linking.nodes import NO_NODE
from airloom.knowledge.claims import Relation
from airloom.knowledge.intent_links import IntentLinks
from airloom.knowledge.rules.settings import RulesSettings
from airloom.logs.contract import CONTENT_ACTIONS, ORDER
from airloom.statistics.associations import OCCURRENCES, associations

CATEGORY_CLAIMS: Final = pa.schema(
    [
        ("category", pa.int64()),
        ("relation", pa.string()),
        ("node", pa.int64()),
        ("confidence", pa.float64()),
        ("support", pa.string()),
    ]
)
"""A claim about all products of a category, whose value is the label of `node`."""


def needs_of_categories(links: IntentLinks, *, keep: int) -> pa.Table:
    """Return the needs whose paths lead to each category: `CATEGORY_CLAIMS`.

    Ranked by how much leads there, times the share of what the need leads to that this is: a need that leads
    everywhere says nothing. The confidence is that of the strongest path.
    """
    paths = pa.table(
        {"category": links.categories, "node": links.needs, "confidence": links.confidences.astype(float)}
    ).filter(pa.array(links.categories != NO_NODE))
    # one thread: a sum of floats depends on its order
    joined = paths.group_by(["category", "node"], use_threads=False).aggregate(
        [("confidence", "sum"), ("confidence", "max"), ("confidence", "count")]
    )
    needs, weights = joined["node"].to_numpy(), joined["confidence_sum"].to_numpy()
    totals = np.bincount(needs, weights) if len(needs) else np.zeros(0)
    items = pc.binary_join_element_wise(joined["confidence_count"].cast(pa.string()), "paths of content", " ")
    claims = _claims(Relation.NEED, joined["category"], joined["node"], joined["confidence_max"], items)
    return _best(claims, weights**2 / totals[needs], keep=keep)


def bought_together(events: pa.Table, links: IntentLinks, *, settings: RulesSettings) -> pa.Table:
    """Return the categories whose products the same users order, and the needs of what they watched before.

    The confidence is the share of the category's buyers.

    Args:
        events: `COUNTED`.
        links: Categories of products, needs of content.
        settings: Windows and bounds.

    Returns:
        `CATEGORY_CLAIMS` with the relations `goes_with` and `watched_before`.
    """
    action = events["action"]
    orders = events.filter(pc.equal(action, ORDER))
    views = events.filter(pc.is_in(action, value_set=pa.array(CONTENT_ACTIONS)))
    bought = _occurrences(orders, links.product_ids, links.product_categories)
    watched = _occurrences(views, links.content_ids, links.needs)
    together = associations(
        bought,
        bought,
        before_days=settings.within_days,
        after_days=settings.within_days,
        min_users=settings.min_users,
    )
    then = associations(
        watched, bought, before_days=0, after_days=settings.within_days, min_users=settings.min_users
    )
    then = then.rename_columns(["target", "source", "users", "z"])  # claims are about what was bought
    return pa.concat_tables(
        [
            _associated(Relation.GOES_WITH, together, bought, keep=settings.goes_with),
            _associated(Relation.WATCHED_BEFORE, then, bought, keep=settings.watched),
        ]
    )


def _occurrences(events: pa.Table, ids: pa.Array, keys: NDArray[np.int64]) -> pa.Table:
    """Return one row for each event and key of its object; an object may have several keys, or none."""
    keyed = pa.table({"object_id": ids, "key": pa.array(keys, pa.int64())}).group_by(["object_id", "key"])
    joined = events.select(["user_id", "object_id", "ts"]).join(
        keyed.aggregate([]), "object_id", join_type="inner"
    )
    columns = [joined["user_id"], joined["key"], joined["ts"].cast(pa.int64())]
    return pa.table(columns, schema=OCCURRENCES)


def _associated(relation: Relation, pairs: pa.Table, bought: pa.Table, *, keep: int) -> pa.Table:
    """Return pairs as claims about their sources, those farthest above chance."""
    categories = pairs["source"]
    buyers = bought.group_by("key").aggregate([("user_id", "count_distinct")])
    rows = pc.index_in(categories, value_set=buyers["key"].combine_chunks())
    shares = pc.divide(pairs["users"].cast(pa.float64()), buyers["user_id_count_distinct"].take(rows))
    users = pc.binary_join_element_wise(pairs["users"].cast(pa.string()), "users", " ")
    return _best(
        _claims(relation, categories, pairs["target"], shares, users), pairs["z"].to_numpy(), keep=keep
    )


def _claims(
    relation: Relation,
    categories: pa.ChunkedArray,
    nodes: pa.ChunkedArray,
    confidences: pa.ChunkedArray,
    support: pa.ChunkedArray,
) -> pa.Table:
    relations = pa.repeat(relation.value, len(categories))
    return pa.table([categories, relations, nodes, confidences, support], schema=CATEGORY_CLAIMS)


def _best(claims: pa.Table, strengths: NDArray[np.float64], *, keep: int) -> pa.Table:
    """Return the `keep` strongest claims of each category, by category; ties by node."""
    categories, nodes = claims["category"].to_numpy(), claims["node"].to_numpy()
    order = np.lexsort((nodes, -strengths.astype(np.float32), categories))
    ordered = categories[order]
    rank = np.arange(len(order)) - np.searchsorted(ordered, ordered)
    return claims.take(pa.array(order[rank < keep]))
