"""What an agent writes down about a product: statements, which the critic turns into claims."""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

import pyarrow as pa

from airloom.knowledge.claims import Relation


class Statement(NamedTuple):
    """A relation and one value of it.

    Attributes:
        relation: One of the agent's.
        value: Normalized as labels are.
    """

    relation: Relation
    value: str


Statements: TypeAlias = tuple[Statement, ...]
"""The answer of one agent about one product; empty if there is nothing to say."""

STATEMENTS: Final = pa.list_(pa.struct([("relation", pa.string()), ("value", pa.string())]))
