"""The knowledge cards of a day, of all sources, built and written."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from airloom.intents.encoding import TextEncoder
from airloom.knowledge.build_cards import BuiltCards, build_cards, write_cards
from airloom.knowledge.intent_links import IntentLinks
from airloom.knowledge.jobs.claims_of_agents import AgentClaims, agent_claims
from airloom.knowledge.jobs.shop import shop_terms
from airloom.knowledge.settings import CardSettings
from airloom.logs.lake import Lake


class DayCards(NamedTuple):
    """The cards of a day.

    Attributes:
        built: The cards, of rules, imports and agents.
        of_agents: What the agents contributed, after the critic.
    """

    built: BuiltCards
    of_agents: AgentClaims

    def figures(self) -> dict[str, int]:
        """Return how much was said: the claims and products of the cards, and what is of agents."""
        return {
            "claims": self.built.claims.num_rows,
            "products": self.built.products,
            "read": self.of_agents.products,
            "criticized": self.of_agents.criticized,
            "struck": sum(self.of_agents.struck.values()),
        }


def write_day_cards(
    lake: Lake, links: IntentLinks, *, day: date, encoder: TextEncoder, settings: CardSettings
) -> DayCards:
    """Build and write the cards of a day; the same input gives the same bytes.

    Args:
        lake: Holds products, events, answers and imported cards.
        links: Of the day.
        day: The last complete day.
        encoder: Compares values and links them.
        settings: How cards are made.

    Raises:
        AirloomError: The overrides cannot be followed; nothing is written then.
    """
    of_agents = agent_claims(lake, day=day, terms=shop_terms(links))
    built = build_cards(
        lake, links, through=day, encoder=encoder, settings=settings, agents=[of_agents.claims]
    )
    write_cards(lake, built.claims, day=day)
    return DayCards(built, of_agents)
