"""What an agent writes down about a product: statements; or, of the critic, objections to claims."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, TypeAlias

from airloom.knowledge.claims import Relation


class Statement(NamedTuple):
    """A relation and one value of it; it becomes a claim if the critic lets it pass.

    Attributes:
        relation: One of the agent's.
        value: Normalized as labels are.
    """

    relation: Relation
    value: str


class Finding(StrEnum):
    """What the critic says about a claim."""

    UNSUPPORTED = "unsupported"
    DOUBTFUL = "doubtful"


class Objection(NamedTuple):
    """What the critic says against one claim.

    Attributes:
        number: Of the claim, from 1; one that no claim has says nothing.
        finding: That it is unsupported or doubtful.
    """

    number: int
    finding: Finding


Remarks: TypeAlias = tuple[Statement | Objection, ...]
"""The answer to one question; empty if there is nothing to say."""
