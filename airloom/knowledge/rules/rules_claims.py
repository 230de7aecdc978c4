"""The claims of rules cards: type, title terms, price tier, and what holds for the product's category."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from airloom.csr import csr_take
from airloom.intents.linking.nodes import NO_NODE
from airloom.intents.linking.taxonomy import products_of
from airloom.intents.paths import normalize_label
from airloom.knowledge.claims import CLAIMS, PRICE_TIERS, RULES, Relation, sorted_claims
from airloom.knowledge.intent_links import IntentLinks
from airloom.knowledge.rules.category_claims import bought_together, needs_of_categories
from airloom.knowledge.rules.price_tiers import NO_TIER, price_tiers
from airloom.knowledge.rules.settings import RulesSettings
from airloom.knowledge.rules.title_terms import title_terms
from airloom.logs.counted_events import read_counted_events
from airloom.logs.lake import Lake
from airloom.settings import as_dict
from airloom.statistics.past_events import events_before
from airloom.timestamps import end_of

RULES_VERSION: Final = 1
"""Raise it when a rule says something else about the same product."""


def rules_claims(lake: Lake, links: IntentLinks, *, through: date, settings: RulesSettings) -> pa.Table:
    """Return the claims of the rules about every product known at the end of a day: `CLAIMS`, sorted.

    All is computed anew: thirds of prices, terms and categories bought together depend on the whole shop, and
    the result must not depend on what was computed on earlier days. What is dear, the vectors of the cards'
    texts, is only computed for texts that changed.

    Args:
        lake: Holds the products and events.
        links: Of the same day.
        through: The day; later events and objects do not count.
        settings: How much the cards say.
    """
    before = end_of(through)
    days = events_before(lake, before=before, days=settings.lookback_days)
    return claims_by_rules(
        products_of(lake, through=through),
        read_counted_events(days, before=before),
        links,
        settings=settings,
    )


def claims_by_rules(
    products: pa.Table, events: pa.Table, links: IntentLinks, *, settings: RulesSettings
) -> pa.Table:
    """Return the claims of the rules about every product: `CLAIMS`, sorted.

    Args:
        products: Columns object_id, title, category_path, price and currency of `OBJECTS`.
        events: `COUNTED`.
        links: Categories of these products, needs of content.
        settings: How much the cards say.
    """
    categories = links.categories_of(products["object_id"].combine_chunks())
    of_categories = pa.concat_tables(
        [
            needs_of_categories(links, keep=settings.needs),
            bought_together(events, links, settings=settings),
        ]
    )
    parts = [
        _types(products, categories, links),
        _features(products, settings),
        _price_tiers(products, categories, links, settings),
        _of_categories(products, categories, of_categories, links),
    ]
    version = rules_version(settings)
    claims = pa.concat_tables(parts).append_column("version", pa.repeat(version, sum(map(len, parts))))
    return sorted_claims(claims.select(CLAIMS.names).cast(CLAIMS))


def rules_version(settings: RulesSettings) -> str:
    """Return the version of claims made with these settings."""
    text = json.dumps([RULES_VERSION, as_dict(settings)], sort_keys=True)
    return f"{RULES}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def _types(products: pa.Table, categories: NDArray[np.int64], links: IntentLinks) -> pa.Table:
    """Return the last label of each category path, as the merchant wrote it, linked to the category."""
    lengths = pc.fill_null(pc.list_value_length(products["category_path"]), 0).to_numpy()
    rows = np.flatnonzero((lengths > 0) & (categories != NO_NODE))
    paths = products["category_path"].take(pa.array(rows))
    last = [normalize_label(path[-1]) for path in paths.to_pylist()]
    named = np.array([bool(label) for label in last], np.bool_)
    node_paths = links.label_paths().take(pa.array(categories[rows]))
    claims = _rows(products, rows, Relation.TYPE, last, support="category path", node_paths=node_paths)
    return claims.filter(pa.array(named))


def _features(products: pa.Table, settings: RulesSettings) -> pa.Table:
    titles = products["title"].to_pylist()
    own = [" ".join(path or ()) for path in products["category_path"].to_pylist()]
    terms = title_terms(
        titles,
        own,
        keep=settings.features,
        min_titles=settings.min_titles,
        max_share=settings.max_title_share,
    )
    support = pc.binary_join_element_wise(
        "title; in", pa.array(terms.titles).cast(pa.string()), "titles of the shop", " "
    )
    return _rows(products, terms.rows, Relation.FEATURE, terms.terms, support=support)


def _price_tiers(
    products: pa.Table, categories: NDArray[np.int64], links: IntentLinks, settings: RulesSettings
) -> pa.Table:
    currencies = pc.fill_null(products["currency"], "").combine_chunks().dictionary_encode()
    tiers = price_tiers(
        pc.fill_null(products["price"], np.nan).to_numpy(),
        categories,
        currencies.indices.to_numpy().astype(np.int64),
        parents=links.nodes.parents,
        min_priced=settings.min_priced,
    )
    rows = np.flatnonzero(tiers != NO_TIER)
    values = pa.array(PRICE_TIERS).take(pa.array(tiers[rows]))
    return _rows(products, rows, Relation.PRICE_TIER, values, support="price, by thirds of the category")


def _of_categories(
    products: pa.Table, categories: NDArray[np.int64], claims: pa.Table, links: IntentLinks
) -> pa.Table:
    """Return the claims about each product's category as claims about the product."""
    claims = claims.sort_by("category")
    offsets = np.searchsorted(claims["category"].to_numpy(), np.arange(len(links.nodes.labels) + 1))
    with_category = np.flatnonzero(categories != NO_NODE)
    taken = csr_take(offsets, categories[with_category])
    own = claims.take(pa.array(taken.rows))
    parts = []
    for relation in (Relation.NEED, Relation.GOES_WITH, Relation.WATCHED_BEFORE):
        mask = pc.equal(own["relation"], relation.value)
        chosen = own.filter(mask)
        nodes = chosen["node"].combine_chunks()
        parts.append(
            _rows(
                products,
                with_category[taken.lists][mask.to_numpy()],
                relation,
                links.labels().take(nodes),
                support=chosen["support"],
                confidences=chosen["confidence"],
                node_paths=links.label_paths().take(nodes),
            )
        )
    return pa.concat_tables(parts)


def _rows(
    products: pa.Table,
    rows: NDArray[np.int64],
    relation: Relation,
    values: list[str] | pa.Array,
    *,
    support: Any,
    confidences: Any = None,
    node_paths: Any = None,
) -> pa.Table:
    """Return claims about the products in `rows`, without the version."""
    count = len(rows)
    if node_paths is None:  # empty lists; Arrow cannot repeat one no times
        node_paths = pa.ListArray.from_arrays(np.zeros(count + 1, np.int32), pa.array([], pa.string()))
    columns = {
        "object_id": products["object_id"].take(pa.array(rows, pa.int64())),
        "relation": pa.repeat(relation.value, count),
        "value": pa.array(values, pa.string()) if isinstance(values, list) else values,
        "node_path": node_paths,
        "source": pa.repeat(RULES, count),
        "confidence": pa.repeat(1.0, count) if confidences is None else confidences,
        "support": pa.repeat(support, count) if isinstance(support, str) else support,
    }
    schema = pa.schema([CLAIMS.field(name) for name in columns])
    return pa.table(list(columns.values()), names=schema.names).cast(schema)
