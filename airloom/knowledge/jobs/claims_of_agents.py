"""The claims of the agents about the products of a day, after the critic."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from airloom.knowledge.agents.remarks import Finding, Objection
from airloom.knowledge.claims import CLAIMS, Claim, claims_table, sorted_claims
from airloom.knowledge.critic.critique import COMMON
from airloom.knowledge.critic.rules import is_common
from airloom.knowledge.critic.shop_terms import ShopTerms
from airloom.knowledge.critic.task import CRITIC, judged
from airloom.knowledge.jobs.critiques import critic_key, critiques
from airloom.knowledge.jobs.store import AgentStore
from airloom.llm.keys import Shard, key_id
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
    objections = _objections(AgentStore(lake))
    cards: dict[str, dict[str, list[Claim]]] = defaultdict(lambda: defaultdict(list))
    struck: Counter[str] = Counter()
    products = criticized = 0
    for product, versions, critique in critiques(lake, day=day, shard=Shard(), terms=terms):
        products += 1
        own = objections.get(key_id(critic_key(product, critique)))
        criticized += own is not None
        verdict = judged(critique.claims, own or ())
        struck.update(strike.reason for strike in (*critique.struck, *verdict.struck))
        for claim in verdict.claims:
            cards[versions[claim.source]][product["object_id"]].append(claim)
    tables = [claims_table(of_version, version=version) for version, of_version in sorted(cards.items())]
    claims = sorted_claims(pa.concat_tables([CLAIMS.empty_table(), *tables]))
    common = is_common(claims, products=products)
    struck[COMMON] += pc.sum(common).as_py() or 0
    counts = {reason: count for reason, count in sorted(struck.items()) if count}
    return AgentClaims(claims.filter(pc.invert(common)), products, criticized, counts)


def _objections(store: AgentStore) -> dict[str, list[Objection]]:
    """Return the id of each of the critic's questions to its answer."""
    answers = store.read(("question_id", "agent", "objections"))
    answers = answers.filter(pc.equal(answers["agent"], CRITIC))
    return {
        row["question_id"]: [
            Objection(item["number"], Finding(item["finding"])) for item in row["objections"]
        ]
        for batch in answers.to_batches(max_chunksize=4096)
        for row in batch.to_pylist()
    }
