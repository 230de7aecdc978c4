"""What is said about products, by whoever says it: one long table of (product, relation, value)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airloom.bounded_database import bounded_database
from airloom.intents.paths import normalize_label
from airloom.logs.contract import COMMERCE

MERCHANT: Final = "merchant"
"""Source of what the catalogue itself says."""
CATEGORY: Final = "category"
"""Relation of a product to each category of its path."""
BRAND: Final = "brand"

EDGES: Final = pa.schema(
    [
        ("object_id", pa.string()),
        ("relation", pa.string()),
        ("value", pa.string()),
        ("source", pa.string()),
        ("confidence", pa.float32()),
    ]
)
"""A product has a value of a relation. Texts are normalized as labels are (`normalize_label`); a product has
a value once, by its surest source, the merchant before others."""

_SUREST: Final = """
SELECT object_id, relation, value,
       arg_max(source, (confidence, source = $merchant, source)) AS source, max(confidence) AS confidence
FROM edges WHERE relation <> '' AND value <> ''
GROUP BY ALL ORDER BY object_id, relation, value
"""


def edges_of(objects: pa.Table, claims: pa.Table) -> pa.Table:
    """Return `EDGES` of all products, sorted by product, relation and value.

    Args:
        objects: Columns object_id, domain, category_path, brand and attributes of `OBJECTS`.
        claims: `CLAIMS`; those about other products are left out.
    """
    products = objects.filter(pc.equal(objects["domain"], COMMERCE)).combine_chunks()
    ids = products["object_id"]
    names, values = _names_and_values(products["attributes"])
    parts = [
        _merchant_edges(*_elements(ids, products["category_path"]), relation=CATEGORY),
        _merchant_edges(ids, products["brand"], relation=BRAND),
        _merchant_edges(_elements(ids, products["attributes"])[0], values, relation=names),
        claims.filter(pc.is_in(claims["object_id"], value_set=ids.combine_chunks())).select(EDGES.names),
    ]
    with bounded_database() as database:
        database.register("edges", pa.concat_tables(parts))
        return database.sql(_SUREST, params={"merchant": MERCHANT}).to_arrow_table().cast(EDGES)


def _merchant_edges(
    ids: pa.ChunkedArray, values: pa.ChunkedArray, *, relation: str | pa.ChunkedArray
) -> pa.Table:
    """Return what the merchant says; null values are left out."""
    count = len(values)
    columns = {
        "object_id": ids,
        "relation": pa.chunked_array([pa.repeat(relation, count)]) if isinstance(relation, str) else relation,
        "value": _normalized(values),
        "source": pa.repeat(MERCHANT, count),
        "confidence": pa.array(np.ones(count, np.float32)),
    }
    return pa.table(columns, schema=EDGES).filter(pc.is_valid(columns["value"]))


def _elements(ids: pa.ChunkedArray, lists: pa.ChunkedArray) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """Return the id and the element of each element of all lists."""
    return ids.take(pc.list_parent_indices(lists)), pc.list_flatten(lists)


def _names_and_values(attributes: pa.ChunkedArray) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """Divide `name=value` at the first sign; the names are normalized."""
    parts = pc.split_pattern(pc.list_flatten(attributes), "=", max_splits=1)
    return _normalized(pc.list_element(parts, 0)), pc.list_element(parts, 1)


def _normalized(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    encoded = texts.combine_chunks().dictionary_encode()
    labels: Iterable[str] = map(normalize_label, encoded.dictionary.to_pylist())
    return pa.chunked_array([pa.array(labels, pa.string()).take(encoded.indices)])
