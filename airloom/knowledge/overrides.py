"""What a person decided about cards, from a file that they write: `<lake>/knowledge/overrides.tsv`."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from airloom.intents.linking.decision_file import read_decisions, reject_line
from airloom.intents.paths import normalize_label
from airloom.knowledge.claims import CLAIMS, PERSON, Claim, Relation, claims_table
from airloom.knowledge.imported.card_store import KNOWLEDGE
from airloom.logs.lake import Lake

OVERRIDES_FILE: Final = f"{KNOWLEDGE}/overrides.tsv"
COLUMNS: Final = ("product", "relation", "value", "becomes")
ALL_PRODUCTS: Final = "*"
"""In the column `product`: the line is about every product."""
STRIKE: Final = "-"
"""In the column `becomes`: claims with the value are struck."""
ADD: Final = "+"
"""In the column `value`: the claim in `becomes` is added."""


class ClaimOverride(NamedTuple):
    """One line of the file; values are normalized.

    Attributes:
        product: Id, or `ALL_PRODUCTS`.
        relation: Whose value it is about.
        value: As cards show it, or `ADD`.
        becomes: Another value, or `STRIKE`.
        line: Number of the line, from 1.
    """

    product: str
    relation: Relation
    value: str
    becomes: str
    line: int


class Overridden(NamedTuple):
    """Claims after a person's decisions.

    Attributes:
        claims: `CLAIMS`.
        without_effect: Lines that changed nothing: no card has the value, or there is no such product.
    """

    claims: pa.Table
    without_effect: list[ClaimOverride]


def override_claims(claims: pa.Table, overrides: list[ClaimOverride], *, products: pa.Array) -> Overridden:
    """Rename, strike and add claims; of a product's own line and one about all, the own counts.

    Args:
        claims: `CLAIMS`.
        overrides: What `read_claim_overrides` returned.
        products: Ids of the products of the day, string.
    """
    idle: list[ClaimOverride] = []
    column = CLAIMS.get_field_index("value")
    changes = [row for row in overrides if row.value != ADD]
    values, keep = claims["value"], pa.chunked_array([pa.repeat(True, claims.num_rows)])  # noqa: FBT003
    done = pc.invert(keep)
    for row in sorted(changes, key=lambda row: row.product == ALL_PRODUCTS):
        hit = pc.and_(pc.equal(claims["relation"], row.relation.value), pc.equal(claims["value"], row.value))
        if row.product != ALL_PRODUCTS:
            hit = pc.and_(hit, pc.equal(claims["object_id"], row.product))
        hit = pc.and_not(hit, done)
        if not pc.any(hit).as_py():
            idle.append(row)
            continue
        done = pc.or_(done, hit)
        if row.becomes == STRIKE:
            keep = pc.and_not(keep, hit)
        else:
            values = pc.if_else(hit, row.becomes, values)
    changed = claims.set_column(column, CLAIMS.field("value"), values).filter(keep)
    known = set(products.to_pylist())
    added: dict[str, list[Claim]] = {}
    for row in overrides:
        if row.value == ADD and row.product not in known:
            idle.append(row)
        elif row.value == ADD:
            claim = Claim(row.relation, row.becomes, PERSON, 1.0, f"overrides.tsv, line {row.line}")
            added.setdefault(row.product, []).append(claim)
    rows = pa.concat_tables([changed, claims_table(added, version=PERSON)])
    return Overridden(rows, sorted(idle, key=lambda row: row.line))


def read_claim_overrides(lake: Lake) -> list[ClaimOverride]:
    """Read the file of the lake; without one nothing is overridden.

    The columns product, relation, value and becomes are separated by tabs under a header that names them;
    blank lines and lines that begin with # are left out.

    Raises:
        AirloomError: The file cannot be read, or a line of it cannot be followed.
    """
    file = lake.path(OVERRIDES_FILE)
    rows: dict[tuple[str, Relation, str, str], ClaimOverride] = {}
    for line, cells in read_decisions(file, COLUMNS):
        row = _row(file, line, cells)
        target = row.becomes if row.value == ADD else ""  # several claims may be added
        known = rows.setdefault((row.product, row.relation, row.value, target), row)
        if known.becomes != row.becomes:
            reject_line(
                file,
                row.line,
                f"{row.value!r} becomes {row.becomes!r}, but {known.becomes!r} in line {known.line}",
                do="Keep one of the two lines",
            )
    return list(rows.values())


def _row(file: Path, line: int, cells: list[str]) -> ClaimOverride:
    product, relation, value, becomes = cells
    names = [str(name) for name in Relation]
    if relation not in names:
        reject_line(file, line, f"there is no relation {relation!r}", do=f"Write one of: {', '.join(names)}")
    value, becomes = normalize_label(value), normalize_label(becomes)
    if not (product and value and becomes):
        reject_line(file, line, "a column is empty", do=f"Fill it; {STRIKE} under becomes strikes a claim")
    if value == ADD and (product == ALL_PRODUCTS or becomes == STRIKE):
        reject_line(
            file, line, f"{ADD} adds a claim to one product", do="Name the product and the value to add"
        )
    return ClaimOverride(product, Relation(relation), value, becomes, line)
