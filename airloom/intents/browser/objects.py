"""The objects that the page can show, with their raw and their resolved paths, as JSON of bounded size."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airloom.intents.atoms import ANY_PROFILE
from airloom.intents.browser.weights import Weights
from airloom.intents.linking.nodes import NO_NODE, Nodes
from airloom.intents.linking.parsed_paths import Labels
from airloom.intents.linking.resolve_objects import ObjectIntents
from airloom.intents.prompt import MAX_TITLE_LENGTH
from airloom.llm.prompt import visible
from airloom.logs.contract import COMMERCE, CONTENT

MAX_OBJECTS: Final = {CONTENT: 5000, COMMERCE: 2500}
"""Objects kept per domain, those with the most events first."""
_NODES: Final = 5000
"""Nodes that can be shown whether an object leads there or not: those with the most."""
MAX_BYTES: Final = 6_000_000
"""Bytes of JSON of objects and nodes together; what comes later is left out."""


class ShownObjects(NamedTuple):
    """The objects of the report.

    Attributes:
        json: For a script element: it has no `<`.
        counts: Number of objects of each domain in it.
    """

    json: str
    counts: dict[str, int]


def shown_objects(
    objects: pa.Table,
    *,
    intents: ObjectIntents,
    weights: Weights,
    answers: pa.Table,
    rejected: pa.Table,
) -> ShownObjects:
    """Return the most watched objects with all that the report shows of each.

    Args:
        objects: object_id, domain, title, events.
        intents: What `resolve_objects` gives.
        weights: Of its nodes.
        answers: `IntentStore.read`.
        rejected: `IntentStore.rejected_rows`.
    """
    chosen = _by_events(objects)
    ids = chosen["object_id"].combine_chunks()
    answers = answers.filter(pc.is_in(answers["object_id"], value_set=ids))
    unanswered = pc.invert(pc.is_in(rejected["atom_id"], value_set=answers["atom_id"].combine_chunks()))
    rejected = rejected.filter(pc.and_(unanswered, pc.is_in(rejected["object_id"], value_set=ids)))
    sources: dict[tuple[str, str, str], int] = {}
    rows_of_answers = [*answers.to_pylist(), *rejected.select(answers.column_names).to_pylist()]
    by_object = _by_object(rows_of_answers, sources)
    links = _links(by_object.values(), intents)
    rows = pc.index_in(ids, value_set=intents.table["object_id"].combine_chunks())
    resolved = intents.table.take(rows).to_pylist()

    written: list[str] = []
    nodes = _largest(intents.nodes, weights)
    counts = dict.fromkeys(MAX_OBJECTS, 0)
    size = sum(len(node.encode()) for node in nodes.values())
    for row, own in zip(chosen.to_pylist(), resolved, strict=True):
        own_answers = [
            {**answer, "paths": [{**path, "links": links[tuple(path["labels"])]} for path in answer["paths"]]}
            for answer in by_object.get(row["object_id"], [])
        ]
        paths = _paths(own)
        title = visible(row["title"], MAX_TITLE_LENGTH)
        text = _json({**row, "title": title, "answers": own_answers, "paths": paths})
        node_paths = [
            *paths,
            *(link for answer in own_answers for path in answer["paths"] for link in path["links"]),
        ]
        new = {
            node: _node(node, intents.nodes, weights)
            for _, *node_path in node_paths
            for node in node_path
            if node not in nodes
        }
        size += len(text.encode()) + sum(len(node.encode()) for node in new.values())
        if size > MAX_BYTES:
            break
        nodes |= new
        written.append(text)
        counts[row["domain"]] += 1
    all_nodes, all_objects = ",".join(nodes.values()), ",".join(written)
    body = f'{{"sources":{_json(list(sources))},"nodes":{{{all_nodes}}},"objects":[{all_objects}]}}'
    return ShownObjects(body.replace("<", "\\u003c"), counts)


def _by_events(objects: pa.Table) -> pa.Table:
    order: list[tuple[str, Any]] = [("events", "descending"), ("object_id", "ascending")]
    return pa.concat_tables(
        [
            objects.filter(pc.equal(objects["domain"], domain)).sort_by(order).slice(0, limit)
            for domain, limit in MAX_OBJECTS.items()
        ]
    )


def _largest(nodes: Nodes, weights: Weights) -> dict[int, str]:
    order = np.argsort(-(weights.confidence + weights.products), kind="stable")[:_NODES]
    chosen = sorted({node for largest in order.tolist() for node in nodes.path_to(largest)})
    return {node: _node(node, nodes, weights) for node in chosen}


def _by_object(
    answers: Iterable[Mapping[str, Any]], sources: dict[tuple[str, str, str], int]
) -> dict[str, list[dict[str, Any]]]:
    """Return the answers about each object, equal ones about several events once. Fills `sources`."""
    by_object: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for row in answers:
        source = sources.setdefault((row["reasoner"], row["model"], row["prompt_version"]), len(sources))
        event = (
            row["action"]
            if row["profile_bucket"] == ANY_PROFILE
            else f"{row['action']} ({row['profile_bucket']})"
        )
        paths = [
            {"labels": path["labels"], "confidence": round(path["confidence"], 3)} for path in row["paths"]
        ]
        answer = {"source": source, "status": row["status"], "reason": row["reason"], "paths": paths}
        equal = by_object[row["object_id"]].setdefault(_json(answer), {**answer, "events": []})
        equal["events"].append(event)
    return {object_id: list(answers.values()) for object_id, answers in by_object.items()}


def _links(
    by_object: Iterable[Sequence[Mapping[str, Any]]], intents: ObjectIntents
) -> dict[Labels, list[list[float]]]:
    """Return shares for every sequence of labels shown, each with the nodes from coarse to fine."""
    links: dict[Labels, list[list[float]]] = {
        tuple(path["labels"]): [] for answers in by_object for answer in answers for path in answer["paths"]
    }
    linked = intents.linked
    for row, labels in enumerate(intents.labels):
        if labels in links:
            links[labels] = [
                [round(float(share), 3), *_node_path(intents.nodes, need=int(need), category=int(category))]
                for need, category, share in zip(
                    linked.needs[row], linked.categories[row], linked.shares[row], strict=True
                )
                if share > 0
            ]
    return links


def _node_path(nodes: Nodes, *, need: int, category: int) -> list[int]:
    path = nodes.path_to(category)
    if need == NO_NODE:
        return path
    level = int(nodes.levels[need])
    return [*path[:level], need, *path[level:]]


def _paths(row: Mapping[str, Any]) -> list[list[float]]:
    ends = np.cumsum(row["lengths"]).tolist()
    return [
        [round(confidence, 3), *row["nodes"][end - length : end]]
        for end, length, confidence in zip(ends, row["lengths"], row["confidences"], strict=True)
    ]


def _node(node: int, nodes: Nodes, weights: Weights) -> str:
    described = {
        "label": nodes.labels[node],
        "kind": int(nodes.kinds[node]),
        "parent": int(nodes.parents[node]),
        "products": int(weights.products[node]),
        "content": int(weights.content[node]),
        "confidence": round(float(weights.confidence[node]), 2),
    }
    return f'"{node}":{_json(described)}'


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
