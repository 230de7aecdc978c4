"""The store of imported cards: free text by version, below `knowledge/imported/` in the lake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from airloom.knowledge.claims import CLAIMS, IMPORTED, Claim, sorted_claims
from airloom.llm.outcome import ANSWERED
from airloom.llm.store.answer_store import AnswerStore
from airloom.llm.store.answer_table import AnswerTable
from airloom.logs.lake import Lake

KNOWLEDGE: Final = "knowledge"
"""The folder of everything about products in the lake."""

CardClaims: TypeAlias = tuple[Claim, ...]


class CardKey(NamedTuple):
    """The key of a card.

    Attributes:
        object_id: The product.
    """

    object_id: str


def _columns(claims: CardClaims | None) -> Mapping[str, Any]:
    rows = [
        {"relation": claim.relation.value, "value": claim.value, "confidence": claim.confidence}
        for claim in claims or ()
    ]
    return {"claims": rows}


_CLAIMS: Final = pa.list_(
    pa.struct([("relation", pa.string()), ("value", pa.string()), ("confidence", pa.float32())])
)
CARD_ANSWERS: Final = AnswerTable[CardClaims](
    id_column="card_id",
    key_columns=CardKey._fields,
    value_columns=(("claims", _CLAIMS),),
    to_columns=_columns,
    schema_version="1",
)


class CardStore(AnswerStore[CardClaims]):
    """Imported cards; of a product, that of the version which was imported last counts."""

    def __init__(self, lake: Lake) -> None:
        super().__init__(lake.path(KNOWLEDGE, "imported"), answers=CARD_ANSWERS)

    def claims(self) -> pa.Table:
        """Return the claims of all cards that count, linked to nothing: `CLAIMS`, sorted."""
        wanted = ("object_id", "claims")
        parts: list[pa.Table] = []
        seen = pa.array([], pa.string())
        for version in self.versions():
            rows = self.rows_of(version, status=ANSWERED, columns=wanted).sort_by("object_id")
            rows = rows.filter(pc.invert(pc.is_in(rows["object_id"], value_set=seen)))
            seen = pa.concat_arrays([seen, rows["object_id"].combine_chunks()])
            parts.append(_flat(rows, version))
        return sorted_claims(pa.concat_tables([CLAIMS.empty_table(), *parts]))


def _flat(rows: pa.Table, version: str) -> pa.Table:
    """Return one row a claim."""
    lists = rows["claims"].combine_chunks()
    rows_of_lists = lists.flatten()
    count = len(rows_of_lists)
    empty = pa.ListArray.from_arrays(pa.array([0] * (count + 1), pa.int32()), pa.array([], pa.string()))
    return pa.table(
        {
            "object_id": rows["object_id"].combine_chunks().take(pc.list_parent_indices(lists)),
            "relation": rows_of_lists.field("relation"),
            "value": rows_of_lists.field("value"),
            "node_path": empty,
            "source": pa.repeat(IMPORTED, count),
            "confidence": rows_of_lists.field("confidence"),
            "support": pa.repeat("", count),
            "version": pa.repeat(version, count),
        },
    ).cast(CLAIMS)
