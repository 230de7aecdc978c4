"""The schema of knowledge cards: a card is a set of claims about one product, and claims are one long table.

A long table, not a nested card: each claim has a source and a confidence of its own, a value is looked up as
easily as a product, and rows are the edges of an item-attribute graph as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from airloom.intents.paths import normalize_label
from airloom.intents.reply_bounds import ACCEPTED


class Relation(StrEnum):
    """What a claim says about its product; the order is the one in which a card is written and sorted."""

    TYPE = "type"
    FORM = "form"
    MATERIAL = "material"
    AUDIENCE = "audience"
    FEATURE = "feature"
    PRICE_TIER = "price_tier"
    NEED = "need"
    OCCASION = "occasion"
    SEASON = "season"
    GOES_WITH = "goes_with"
    REPLACES = "replaces"
    UPGRADES = "upgrades"
    WATCHED_BEFORE = "watched_before"


TO_CATEGORIES: Final = (Relation.TYPE, Relation.GOES_WITH, Relation.REPLACES, Relation.UPGRADES)
"""Relations whose values name categories of the shop."""
TO_NEEDS: Final = (Relation.NEED, Relation.WATCHED_BEFORE)
"""Relations whose values name needs: what somebody wants something for, or watched before."""

RULES: Final = "rules"
"""Source of a claim that was counted or read without a language model."""
IMPORTED: Final = "import"
"""Source of a claim from a file of cards that were written elsewhere."""
PERSON: Final = "person"
"""Source of a claim that a person added."""

PRICE_TIERS: Final = ("budget", "mid-range", "premium")
"""Values of `price_tier`, by the shop's own quantiles within a category."""

MAX_VALUE_LENGTH: Final = ACCEPTED.max_label_length
"""Characters of a value; a longer one is cut, as a label is."""
MAX_SUPPORT_LENGTH: Final = 200
MAX_VALUES: Final = 8
"""Values of one relation of one card that a source may give."""


class Claim(NamedTuple):
    """One thing that somebody says about a product.

    Attributes:
        relation: What it is about.
        value: Normalized as labels are (`normalize_label`).
        source: Who says so: the name of an agent, or `RULES`, `IMPORTED`, `PERSON`.
        confidence: Above 0, at most 1.
        support: What it rests on, in short: words of the title, a count; empty if the source does not say.
        node_path: The labels, from the root down, of the node that the value is linked to: a category's path,
            or a need, which may stand below a category; empty if it is linked to none.
    """

    relation: Relation
    value: str
    source: str
    confidence: float
    support: str = ""
    node_path: tuple[str, ...] = ()


CLAIMS: Final = pa.schema(
    [
        ("object_id", pa.string()),
        ("relation", pa.string()),
        ("value", pa.string()),
        ("node_path", pa.list_(pa.string())),
        ("source", pa.string()),
        ("confidence", pa.float32()),
        ("support", pa.string()),
        ("version", pa.string()),
    ]
)
"""One row a claim. `version` says what made it: of a language model the folder of its `Version`, else the
source's own. The same claim of two sources is two rows."""

KEY: Final = ("object_id", "relation", "value", "source", "version")
"""Claims that are alike in these columns are one; the highest confidence counts."""


def claims_table(cards: Mapping[str, Iterable[Claim]], *, version: str) -> pa.Table:
    """Return the claims of cards as `CLAIMS`, sorted.

    Args:
        cards: Object id to the claims about it.
        version: What made them.
    """
    rows = [
        (
            object_id,
            claim.relation.value,
            normalize_label(claim.value),
            list(claim.node_path),
            claim.source,
            claim.confidence,
            claim.support[:MAX_SUPPORT_LENGTH],
            version,
        )
        for object_id, claims in cards.items()
        for claim in claims
    ]
    columns = zip(*rows, strict=True) if rows else [[] for _ in CLAIMS]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, CLAIMS, strict=True)]
    return sorted_claims(pa.table(arrays, schema=CLAIMS))


def sorted_claims(claims: pa.Table) -> pa.Table:
    """Return the claims by product, relation in the order of `Relation`, falling confidence and the rest.

    Of rows with the same `KEY` only the first in this order stays.
    """
    claims = claims.combine_chunks()  # taking rows out of many chunks is slow
    rank = pc.index_in(claims["relation"], value_set=pa.array([relation.value for relation in Relation]))
    depth = pc.list_value_length(claims["node_path"]).cast(pa.string())
    path = pc.binary_join_element_wise(depth, pc.binary_join(claims["node_path"], "\0"), "\0")
    names = ("object_id", "value", "source", "version", "support")
    object_ids, values, sources, versions, supports = (_ordinals(claims[name]) for name in names)
    ranks = pc.fill_null(rank, len(Relation)).to_numpy()
    doubts = -claims["confidence"].to_numpy()
    order = np.lexsort((_ordinals(path), supports, versions, sources, values, doubts, ranks, object_ids))
    keys = [column[order] for column in (versions, sources, values, ranks, object_ids)]
    alike = np.lexsort(keys)  # stable: of rows with the same key, the first of `order` comes first
    repeats = np.all([column[alike][1:] == column[alike][:-1] for column in keys], axis=0)
    keep = np.ones(len(order), np.bool_)
    keep[alike[1:][repeats]] = False
    return claims.take(pa.array(order[keep]))


def _ordinals(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return the rank of each string among the different ones: integers sort ten times as fast."""
    encoded = column.combine_chunks().dictionary_encode()
    ranks = np.empty(len(encoded.dictionary), np.int64)
    ranks[pc.sort_indices(encoded.dictionary).to_numpy()] = np.arange(len(ranks))
    ordinals: NDArray[np.int64] = ranks[encoded.indices.to_numpy()]
    return ordinals


def cards_in(claims: pa.Table) -> dict[str, list[Claim]]:
    """Return object id to claims, in the order of the rows."""
    cards: dict[str, list[Claim]] = {}
    columns = (claims[name].to_pylist() for name in ("object_id", *Claim._fields))
    for object_id, relation, value, source, confidence, support, node_path in zip(*columns, strict=True):
        claim = Claim(Relation(relation), value, source, confidence, support, tuple(node_path))
        cards.setdefault(object_id, []).append(claim)
    return cards
