"""A card as one text, for a text encoder: relations in their order, the surest values of each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airloom.intents.encoding import TextEncoder
from airloom.knowledge.claims import Claim, Relation, claims_table, sorted_claims

MAX_PER_RELATION: Final = 3
MAX_TEXT_LENGTH: Final = 600
"""Characters of a card's text; the sentence encoder reads 256 tokens."""


def card_text(claims: Iterable[Claim]) -> str:
    """Return the text of one card.

    >>> card_text([
    ...     Claim(Relation.NEED, "cats sleeping warm", "needs", 0.5),
    ...     Claim(Relation.TYPE, "cat bed", "rules", 1.0),
    ... ])
    'type: cat bed; need: cats sleeping warm'
    """
    texts = card_texts(claims_table({"": claims}, version=""))["text"].to_pylist()
    return texts[0] if texts else ""


def card_texts(claims: pa.Table) -> pa.Table:
    """Return columns object_id (ascending) and text, for every product with a claim.

    Plain attributes one after the other, as the source of this design found best. A value that several
    sources claim is written once, at the place of the surest. Sources and confidences are not written.

    Args:
        claims: `CLAIMS`, in any order.
    """
    rows = sorted_claims(claims)
    first = rows.append_column("row", pa.array(np.arange(rows.num_rows)))
    first = first.group_by(["object_id", "relation", "value"], use_threads=False).aggregate([("row", "min")])
    rows = rows.take(first["row_min"].combine_chunks().sort())
    # a card's relation is a run of rows, and a card a run of relations
    objects = rows["object_id"].combine_chunks().dictionary_encode()
    relations = pc.index_in(rows["relation"], value_set=pa.array([str(name) for name in Relation]))
    keys = objects.indices.to_numpy().astype(np.int64) * len(Relation) + relations.to_numpy()
    rank = np.arange(len(keys)) - np.searchsorted(keys, keys)
    kept = pa.array(rank < MAX_PER_RELATION)
    rows, keys = rows.filter(kept), keys[rank < MAX_PER_RELATION]
    runs, starts = np.unique(keys, return_index=True)
    values = _joined(rows["value"].combine_chunks(), starts, ", ")
    names = pa.array([str(name).replace("_", " ") for name in Relation])
    named = pc.binary_join_element_wise(names.take(pa.array(runs % len(Relation))), values, ": ")
    _, card_starts = np.unique(runs // len(Relation), return_index=True)
    texts = pc.utf8_slice_codeunits(_joined(named, card_starts, "; "), 0, MAX_TEXT_LENGTH)
    return pa.table({"object_id": objects.dictionary, "text": texts})


def embed_cards(claims: pa.Table, titles: pa.Table, *, encoder: TextEncoder) -> pa.Table:
    """Return columns object_id and embedding (fixed-size list of float32) for titles and cards as one text.

    With an `EmbeddingCache` as the encoder only texts that are new or changed are encoded.

    Args:
        claims: `CLAIMS`, in any order.
        titles: Columns object_id and title; a card without a title is a text alone.
        encoder: Of the texts.
    """
    texts = card_texts(claims)
    rows = pc.index_in(texts["object_id"], value_set=titles["object_id"].combine_chunks())
    own = pc.fill_null(titles["title"].combine_chunks().take(rows), "")
    joined = pc.utf8_ltrim(pc.binary_join_element_wise(own, texts["text"], ". "), ". ")
    vectors = encoder.encode(joined.to_pylist())
    values = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), encoder.dimension)
    return pa.table({"object_id": texts["object_id"], "embedding": values})


def _joined(texts: pa.Array, starts: np.ndarray, separator: str) -> pa.Array:
    """Return one text for each run of texts."""
    offsets = pa.array(np.append(starts, len(texts)), pa.int32())
    return pc.binary_join(pa.ListArray.from_arrays(offsets, texts), separator)
