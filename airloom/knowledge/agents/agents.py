"""The agents: who is asked about which relations, and from which list the values come."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

from airloom.knowledge.claims import Relation


class Choice(StrEnum):
    """Where the values of an agent come from."""

    FREE = "free"
    """The words of the product's own texts."""
    ENGLISH = "english"
    """The agent's own words, short English noun phrases."""
    CATEGORIES = "categories"
    """Category terms of the shop, of which the question offers some."""
    NEEDS = "needs"
    """Need nodes that exist, of which the question offers some."""


class Agent(NamedTuple):
    """One kind of question about a product.

    Attributes:
        name: The source of its claims, and the name of its prompt file.
        relations: What it may claim.
        choice: Where its values come from.
    """

    name: str
    relations: tuple[Relation, ...]
    choice: Choice

    @property
    def offers(self) -> bool:
        """Whether its values must be among those that the question offers."""
        return self.choice in (Choice.CATEGORIES, Choice.NEEDS)


ATTRIBUTES: Final = Agent(
    "attributes",
    (Relation.TYPE, Relation.FORM, Relation.MATERIAL, Relation.AUDIENCE, Relation.FEATURE),
    Choice.FREE,
)
NEEDS: Final = Agent("needs", (Relation.NEED, Relation.OCCASION, Relation.SEASON), Choice.ENGLISH)
RELATIONS: Final = Agent(
    "relations", (Relation.GOES_WITH, Relation.REPLACES, Relation.UPGRADES), Choice.CATEGORIES
)
BRIDGE: Final = Agent("bridge", (Relation.WATCHED_BEFORE,), Choice.NEEDS)

AGENTS: Final = (ATTRIBUTES, NEEDS, RELATIONS, BRIDGE)
"""In the order in which they are asked; no relation belongs to two."""
AGENT_NAMED: Final = {agent.name: agent for agent in AGENTS}
