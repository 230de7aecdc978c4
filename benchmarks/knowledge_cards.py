"""How well knowledge cards of the sample world link, and how well they lead back to what people want.

    python -m benchmarks.knowledge_cards --json FILE

The recorded cards of a large language model are linked to the shop's categories and to the needs that its
videos name. For each relation the share that links is printed, and for ranges of the cosine how far links can
be trusted, without any truth: a type should link to its product's own category, and a need to one of those
that lead to this category. Then the hidden truth judges: of the needs, and of the content "watched before",
that a card is linked to, how much belongs to lifestyles that buy the product's category; for the recorded
cards, the rules cards, and the same needs dealt at random. Only this evaluation reads the lifestyles.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from airloom.bench.provenance import commit, machine
from airloom.files import check_writable, write_text
from airloom.intents.distill import distill
from airloom.intents.encoding import EmbeddingCache
from airloom.intents.linking.resolve_objects import resolve_objects
from airloom.intents.linking.settings import LinkingSettings
from airloom.intents.sentence_encoder import SentenceEncoder
from airloom.intents.settings import DistillSettings
from airloom.knowledge.claims import IMPORTED, RULES, Relation
from airloom.knowledge.imported.card_store import CardStore
from airloom.knowledge.imported.import_cards import import_cards
from airloom.knowledge.intent_links import IntentLinks
from airloom.knowledge.linking import ClaimLinkingSettings, link_claims
from airloom.knowledge.rules.rules_claims import rules_claims
from airloom.knowledge.rules.settings import RulesSettings
from airloom.llm.prompt import read_prompt
from airloom.logs.lake import Lake
from airloom.simulation.catalogue import cards_prompt, load_catalogue, recorded_cards
from airloom.simulation.truth import ENTERTAINMENT, load_truth
from benchmarks.sample_snapshot import fill_lake, import_recorded

COSINES: Final = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
TO_LIFESTYLES: Final = (Relation.NEED, Relation.WATCHED_BEFORE)


def main() -> None:
    """Run, and print the tables."""
    options = _parser().parse_args()
    if options.json:
        check_writable(options.json)
    with TemporaryDirectory(prefix="airloom-") as folder:
        results = measure(Path(options.lake or folder), shoppers=options.shoppers)
    results |= {"shoppers": options.shoppers, "machine": machine(), "commit": commit()}
    if options.json:
        write_text(options.json, json.dumps(results, indent=2, sort_keys=True) + "\n")
    for name in ("links", "types_by_cosine", "needs_by_cosine", "lifestyles"):
        rows = results[name]
        print(" ".join(f"{column:>15}" for column in rows[0]))
        for row in rows:
            print(" ".join(f"{_text(value):>15}" for value in row.values()))
        print()


def _text(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def measure(root: Path, *, shoppers: int) -> dict[str, Any]:
    """Return the tables, each a list of rows.

    Args:
        root: Of a lake; filled if it is empty.
        shoppers: Size of the world.
    """
    lake, encoder = Lake(root), SentenceEncoder(threads=2)
    day = fill_lake(lake, shoppers=shoppers)[-1]
    import_recorded(lake)
    prompt = read_prompt(cards_prompt()).version
    import_cards(lake, recorded_cards(), model="recorded-llm", prompt=prompt)
    distill(lake, day=day, settings=DistillSettings())
    intents = resolve_objects(lake, through=day, encoder=encoder, settings=LinkingSettings())
    links, cache = IntentLinks.of(intents.nodes, intents.table), EmbeddingCache(lake, encoder)
    written = CardStore(lake).claims()
    rules = rules_claims(lake, links, through=day, settings=RulesSettings())
    linked = link_claims(written, links, encoder=cache, settings=ClaimLinkingSettings())
    return {
        "links": linked.report.to_pylist(),
        "types_by_cosine": types_by_cosine(written, links, cache),
        "needs_by_cosine": needs_by_cosine(written, links, cache),
        "lifestyles": lifestyle_shares(pa.concat_tables([linked.claims, rules]), links),
    }


def types_by_cosine(written: pa.Table, links: IntentLinks, cache: EmbeddingCache) -> list[dict[str, Any]]:
    """Return for ranges of the cosine how many product types link to their product's own category."""
    types = written.filter(pc.equal(written["relation"], Relation.TYPE.value))
    nodes, cosines = _nearest(types, np.unique(links.product_categories), links, cache)
    own = links.categories_of(types["object_id"].combine_chunks())
    beside = links.nodes.parents[nodes] == links.nodes.parents[own]
    return _by_cosine(cosines, {"own category": nodes == own, "beside it": beside})


def needs_by_cosine(written: pa.Table, links: IntentLinks, cache: EmbeddingCache) -> list[dict[str, Any]]:
    """Return for ranges of the cosine how many needs link to one that leads to the product's category."""
    needs = written.filter(pc.is_in(written["relation"], value_set=pa.array(TO_LIFESTYLES)))
    nodes, cosines = _nearest(needs, np.unique(links.needs), links, cache)
    own = links.categories_of(needs["object_id"].combine_chunks())
    count = len(links.nodes.labels)
    leads = np.isin(nodes * count + own, links.needs * count + links.categories)
    return _by_cosine(cosines, {"leads to it": leads})


def lifestyle_shares(claims: pa.Table, links: IntentLinks) -> list[dict[str, Any]]:
    """Return for each source and relation how far needs belong to lifestyles that buy the category."""
    shares, labels = _shares(links), links.labels()
    needs = np.unique(links.needs)
    rows = []
    for source in (IMPORTED, RULES):
        for relation in TO_LIFESTYLES:
            mask = pc.and_(pc.equal(claims["source"], source), pc.equal(claims["relation"], relation.value))
            own = claims.filter(mask)
            named = pc.list_element(own["node_path"].combine_chunks(), 0)
            need_labels = labels.take(pa.array(needs))
            nodes = needs[pc.index_in(named, value_set=need_labels).to_numpy(zero_copy_only=False)]
            leaves = _leaves(own["object_id"])
            dealt = np.random.default_rng(0).permutation(nodes)
            rows.append(
                {
                    "source": source,
                    "relation": relation.value,
                    "claims": len(nodes),
                    "products": pc.count_distinct(own["object_id"]).as_py(),
                    "its lifestyles": float(shares[nodes, leaves].mean()) if len(nodes) else 0.0,
                    "dealt at random": float(shares[dealt, leaves].mean()) if len(nodes) else 0.0,
                }
            )
    return rows


def _nearest(
    claims: pa.Table, nodes: NDArray[np.int64], links: IntentLinks, cache: EmbeddingCache
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    similar = cache.encode(claims["value"].to_pylist()) @ links.nodes.embeddings[nodes].T
    return nodes[similar.argmax(axis=1)], similar.max(axis=1)


def _by_cosine(cosines: NDArray[np.float32], right: dict[str, NDArray[Any]]) -> list[dict[str, Any]]:
    rows = []
    for low, high in zip(COSINES, (*COSINES[1:], 1.01), strict=True):
        within = (cosines >= low) & (cosines < high)
        row = {"cosine from": low, "texts": int(within.sum()), "share above": float((cosines >= low).mean())}
        rows.append(row | {name: float(np.mean(values[within])) for name, values in right.items()})
    return rows


def _shares(links: IntentLinks) -> NDArray[np.float64]:
    """Return float64 [N, leaves]: of the videos that name a need, the share whose lifestyle buys the leaf."""
    truth = load_truth()
    lifestyle_of = dict(zip(load_catalogue().content_ids, truth.content.tolist(), strict=True))
    counts = np.zeros((len(links.nodes.labels), len(truth.lifestyles)))
    for id_, need, confidence in zip(
        links.content_ids.to_pylist(), links.needs.tolist(), links.confidences.tolist(), strict=True
    ):
        if lifestyle_of[id_] != ENTERTAINMENT:
            counts[need, lifestyle_of[id_]] += confidence
    counts /= np.maximum(counts.sum(axis=1, keepdims=True), 1e-9)
    return counts @ (truth.weights > 0)


def _leaves(object_ids: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return the row of the catalogue's leaf of each product."""
    catalogue = load_catalogue()
    rows = pc.index_in(object_ids, value_set=pa.array(catalogue.product_ids)).to_numpy()
    leaves: NDArray[np.int64] = catalogue.product_leaves[rows].astype(np.int64)
    return leaves


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shoppers", type=int, default=3000, help="size of the world")
    parser.add_argument("--lake", type=Path, help="an empty folder that keeps the world and its vectors")
    parser.add_argument("--json", type=Path, help="where all numbers go")
    return parser


if __name__ == "__main__":
    main()
