"""Sub-categories for leaves that hold too much to say anything: products grouped by what their titles mean.

A shop with five categories gives a reasoner five things to say. A leaf is split once, by k-means over the
title embeddings of its products, and a part that is still large is split again. Parts are kept in the lake:
later products join the nearest one, so that node ids stay stable.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from airloom.files import atomic_file
from airloom.intents.encoding import EmbeddingCache
from airloom.intents.linking.lake_inputs import INDUCED_CATEGORIES
from airloom.intents.linking.taxonomy import MAX_LEVELS, Taxonomy
from airloom.logs.lake import Lake

MAX_PRODUCTS: Final = 60
"""A leaf with more products than this is split, into parts of half as many on average."""
MAX_PARTS: Final = 128
"""Parts of one leaf at most; what is too large then is split again, one level below."""
_ROUNDS: Final = 20
_LABEL_WORDS: Final = 3


class LeafParts(NamedTuple):
    """How one leaf is divided.

    Attributes:
        labels: One label a part, each different.
        centers: float32 [parts, D], unit length.
        since: The first day that knows the parts.
    """

    labels: list[str]
    centers: NDArray[np.float32]
    since: date


def with_induced_categories(
    lake: Lake, objects: pa.Table, *, cache: EmbeddingCache, through: date
) -> pa.Table:
    """Return `objects` with levels added to the category path of each titled product of a large leaf.

    Args:
        lake: Where the parts are kept, under `intents/categories/`.
        objects: The state of all objects on the day `through`: domain, title, category_path.
        cache: Encodes titles.
        through: The day; a leaf that was divided later is left whole, so that the day can be repeated.
    """
    for _ in range(MAX_LEVELS - 1):
        divided = _with_one_more_level(lake, objects, cache=cache, through=through)
        if divided is objects:
            break
        objects = divided
    return objects


def _with_one_more_level(lake: Lake, objects: pa.Table, *, cache: EmbeddingCache, through: date) -> pa.Table:
    """Return `objects` with every large leaf divided once; the same table if none is large."""
    taxonomy = Taxonomy.of(objects)
    titles, paths = objects["title"].to_pylist(), objects["category_path"].to_pylist()
    changed = False
    for leaf, path in enumerate(taxonomy.leaves):
        rows = [row for row in np.flatnonzero(taxonomy.leaf_of == leaf).tolist() if titles[row].strip()]
        file = lake.path(
            INDUCED_CATEGORIES, f"{hashlib.sha256(repr(path).encode()).hexdigest()[:16]}.parquet"
        )
        known = file.exists()
        if len(path) == MAX_LEVELS or not (known or len(rows) > MAX_PRODUCTS):
            continue
        own = [titles[row] for row in rows]
        vectors = cache.encode(own)
        if not known:
            _store(file, divide(own, vectors, since=through))
        parts = _stored(file)
        if parts.since <= through:
            changed = True
            for row, part in zip(rows, (vectors @ parts.centers.T).argmax(axis=1).tolist(), strict=True):
                paths[row] = [*paths[row], parts.labels[part]]
    if not changed:
        return objects
    column = objects.schema.get_field_index("category_path")
    return objects.set_column(column, "category_path", pa.array(paths, pa.list_(pa.string())))


def divide(titles: Sequence[str], vectors: NDArray[np.float32], *, since: date) -> LeafParts:
    """Divide titles by spherical k-means from a fixed seed; empty parts vanish.

    Args:
        titles: One title a product.
        vectors: float32 [products, D], unit length.
        since: The day it is done for.
    """
    order = np.lexsort(vectors.T[:1])  # whatever the order of the products, the same start
    count = min(math.ceil(2 * len(titles) / MAX_PRODUCTS), MAX_PARTS)
    centers = vectors[np.random.default_rng(0).permutation(order)[:count]]
    part = (vectors @ centers.T).argmax(axis=1)
    for _ in range(_ROUNDS):
        sums = np.zeros_like(centers)
        np.add.at(sums, part, vectors)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        centers = np.where(lengths > 0, sums / np.maximum(lengths, 1e-9), centers)
        moved = (vectors @ centers.T).argmax(axis=1)
        if (moved == part).all():
            break
        part = moved
    used = np.unique(part)
    return LeafParts(_labels(titles, part, used.tolist()), centers[used], since)


def _labels(titles: Sequence[str], part: NDArray[np.int64], used: Sequence[int]) -> list[str]:
    """Return the words that distinguish each part from the whole leaf; one word more if they are taken."""
    words = [set(re.findall(r"[^\W\d_]{3,}", title.lower())) for title in titles]
    everywhere = Counter(word for own in words for word in own)
    labels: list[str] = []
    for number in used:
        members = np.flatnonzero(part == number).tolist()
        here = Counter(word for row in members for word in words[row])

        def tells(word: str, *, here: Counter[str] = here, size: int = len(members)) -> float:
            share, usual = here[word] / size, everywhere[word] / len(titles)
            return share * math.log(share / usual)

        telling = sorted(here, key=lambda word: (-tells(word), word))
        candidates = (", ".join(telling[:size]) for size in range(_LABEL_WORDS, len(telling) + 1))
        labels.append(next((label for label in candidates if label not in labels), f"part {len(labels) + 1}"))
    return labels


def _store(file: Path, parts: LeafParts) -> None:
    values = pa.FixedSizeListArray.from_arrays(pa.array(parts.centers.ravel()), parts.centers.shape[1])
    table = pa.table({"label": parts.labels, "centre": values, "since": [parts.since] * len(parts.labels)})
    with atomic_file(file) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def _stored(file: Path) -> LeafParts:
    table = pq.read_table(file)
    centers = table["centre"].combine_chunks()
    matrix = centers.flatten().to_numpy().reshape(len(centers), -1)
    return LeafParts(table["label"].to_pylist(), matrix, table["since"][0].as_py())
