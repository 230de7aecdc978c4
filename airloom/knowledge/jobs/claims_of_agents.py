"""The claims of the agents about the products of a day, after the critic."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from airloom.knowledge.claims import CLAIMS, Claim, claims_table, sorted_claims
from airloom.knowledge.critic.critique import COMMON
from airloom.knowledge.critic.rules import is_common
from airloom.knowledge.critic.shop_terms import ShopTerms
from airloom.knowledge.critic.task import judged
from airloom.knowledge.jobs.critiques import critiques
from airloom.llm.keys import Shard
from airloom.logs.lake import Lake


class AgentClaims(NamedTuple):
    """What the agents say about the products of a day.

    Attributes:
        claims: `CLAIMS`, sorted; the source of each is its agent.
        products: Products about which at least one agent was answered.
        criticized: Those of them whose claims the critic's model has judged, too.
        struck: Reason to the number of claims that were struck for it.
    """

    claims: pa.Table
    products: int
    criticized: int
    struck: dict[str, int]


def agent_claims(lake: Lake, *, day: date, terms: ShopTerms) -> AgentClaims:
    """Return the claims that stand; what was answered about a product's former texts does not count.

    Args:
        lake: Holds objects and answers.
        day: The last complete day.
        terms: What relations and bridges may name.
    """
    parts: list[pa.Table] = [CLAIMS.empty_table()]
    struck: Counter[str] = Counter()
    products = criticized = 0
    for chunk in critiques(lake, day=day, shard=Shard(), terms=terms):
        cards: dict[str, dict[str, list[Claim]]] = defaultdict(lambda: defaultdict(list))
        for product, versions, critique, _, objections in chunk:
            products += 1
            criticized += objections is not None
            verdict = judged(critique.claims, objections or ())
            struck.update(strike.reason for strike in (*critique.struck, *verdict.struck))
            for claim in verdict.claims:
                cards[versions[claim.source]][product["object_id"]].append(claim)
        parts += [claims_table(of_version, version=version) for version, of_version in cards.items()]
    claims = sorted_claims(pa.concat_tables(parts))
    common = is_common(claims, products=products)
    struck[COMMON] += pc.sum(common).as_py() or 0
    counts = {reason: count for reason, count in sorted(struck.items()) if count}
    return AgentClaims(claims.filter(pc.invert(common)), products, criticized, counts)
