"""The cards of a day: the claims of all sources, in one spelling, as a person overruled them, linked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from airloom.intents.encoding import EmbeddingCache, TextEncoder
from airloom.intents.linking.taxonomy import products_of
from airloom.knowledge.claims import CLAIMS, KEY, sorted_claims
from airloom.knowledge.imported.card_store import KNOWLEDGE, CardStore
from airloom.knowledge.intent_links import IntentLinks
from airloom.knowledge.linking import link_claims
from airloom.knowledge.overrides import ClaimOverride, override_claims, read_claim_overrides
from airloom.knowledge.rules.rules_claims import rules_claims
from airloom.knowledge.settings import CardSettings
from airloom.knowledge.value_vocabulary import value_vocabulary
from airloom.logs.contract import Table
from airloom.logs.lake import Lake

KNOWLEDGE_CLAIMS: Final = Table(f"{KNOWLEDGE}/claims", CLAIMS, sort_by=KEY)
"""The cards of each day for which they were built."""


class BuiltCards(NamedTuple):
    """The cards of a day, and what became of claims on the way.

    Attributes:
        claims: `CLAIMS`, sorted.
        products: Products of the day.
        about_others: Claims about ids that are no product of the day; left out.
        link_report: `LINK_REPORT`: what was linked and what was dropped.
        new_values: relation, value, becomes: values that the vocabulary did not know.
        idle_overrides: Lines of the overrides that changed nothing.
    """

    claims: pa.Table
    products: int
    about_others: int
    link_report: pa.Table
    new_values: pa.Table
    idle_overrides: list[ClaimOverride]


def build_cards(
    lake: Lake,
    links: IntentLinks,
    *,
    through: date,
    encoder: TextEncoder,
    settings: CardSettings,
    agents: Sequence[pa.Table] = (),
) -> BuiltCards:
    """Build the cards of all products known at the end of a day; the same input gives the same cards.

    Args:
        lake: Holds products, events and imported cards; overrides and the vocabulary of values.
        links: Of the same day.
        through: The day.
        encoder: Compares values and links them; what it was asked before is cached.
        settings: How cards are made.
        agents: `CLAIMS` of language models that were asked here.

    Raises:
        AirloomError: The overrides cannot be followed; nothing is saved then.
    """
    overrides = read_claim_overrides(lake)
    cache = EmbeddingCache(lake, encoder)
    products = products_of(lake, through=through)["object_id"].combine_chunks()
    written = pa.concat_tables([CardStore(lake).claims(), *agents])
    known = pc.is_in(written["object_id"], value_set=products)
    rules = rules_claims(lake, links, through=through, settings=settings.rules)
    with value_vocabulary(lake, cache) as vocabulary:
        canonical = vocabulary.canonical(pa.concat_tables([rules, written.filter(known)]))
        vocabulary.save()
    overridden = override_claims(canonical.claims, overrides, products=products)
    linked = link_claims(overridden.claims, links, encoder=cache, settings=settings.linking)
    return BuiltCards(
        sorted_claims(linked.claims),
        len(products),
        int(pc.sum(pc.invert(known)).as_py() or 0),
        linked.report,
        canonical.new,
        overridden.without_effect,
    )


def write_cards(lake: Lake, cards: pa.Table, *, day: date) -> None:
    """Replace the cards of one day; the same cards give the same bytes."""
    lake.write(KNOWLEDGE_CLAIMS, day, cards)


def read_cards(lake: Lake, *, through: date) -> pa.Table:
    """Return the newest cards that were built for a day up to `through`: `CLAIMS`, sorted; maybe none."""
    days = [day for day in lake.days(KNOWLEDGE_CLAIMS) if day <= through][-1:]
    rows = lake.read(KNOWLEDGE_CLAIMS, since=days[0], through=days[0]) if days else CLAIMS.empty_table()
    return sorted_claims(rows)
