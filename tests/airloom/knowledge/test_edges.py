from __future__ import annotations

from typing import Any

import pyarrow as pa

from airloom.knowledge.claims import CLAIMS, Claim, Relation, claims_table
from airloom.knowledge.edges import MERCHANT, edges_of
from airloom.logs.contract import COMMERCE, CONTENT, OBJECTS


def objects(*rows: dict[str, Any]) -> pa.Table:
    table = pa.Table.from_pylist([{"domain": COMMERCE} | row for row in rows], schema=OBJECTS.stored_schema)
    return table.select(["object_id", "domain", "category_path", "brand", "attributes"])


def claims(**cards: list[Claim]) -> pa.Table:
    return claims_table(cards, version="1")


def test_the_catalogue_says_categories_brand_and_attributes() -> None:
    bed = {
        "object_id": "bed",
        "category_path": ["Pets", "Cat  Beds"],
        "brand": "Loft & Co",
        "attributes": ["Color = Black", "size=a=b", "note= "],
    }
    edges = edges_of(objects(bed, {"object_id": "rope"}), CLAIMS.empty_table()).to_pylist()
    assert [(edge["object_id"], edge["relation"], edge["value"]) for edge in edges] == [
        ("bed", "brand", "loft & co"),
        ("bed", "category", "cat beds"),
        ("bed", "category", "pets"),
        ("bed", "color", "black"),
        ("bed", "size", "a=b"),
    ]
    assert {(edge["source"], edge["confidence"]) for edge in edges} == {(MERCHANT, 1.0)}


def test_of_several_sources_the_surest_counts_and_of_equal_ones_the_merchant() -> None:
    bed = {"object_id": "bed", "attributes": ["material=wool"]}
    cards = claims(
        bed=[
            Claim(Relation.MATERIAL, "wool", "rules", 1.0),
            Claim(Relation.NEED, "warmth", "import", 0.5),
            Claim(Relation.NEED, "warmth", "rules", 0.75),
        ]
    )
    edges = edges_of(objects(bed), cards).to_pylist()
    assert [(edge["value"], edge["source"], edge["confidence"]) for edge in edges] == [
        ("wool", MERCHANT, 1.0),
        ("warmth", "rules", 0.75),
    ]


def test_content_and_unknown_products_have_no_edges() -> None:
    film = {"object_id": "film", "domain": CONTENT, "brand": "A Studio"}
    cards = claims(gone=[Claim(Relation.TYPE, "bed", "rules", 1.0)])
    assert not len(edges_of(objects(film), cards))
