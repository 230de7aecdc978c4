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
from airloom.intents.linking.category_prefix import Labels
from airloom.intents.linking.nodes import NO_NODE, Nodes
from airloom.intents.linking.resolve_objects import ObjectIntents
from airloom.intents.prompt import MAX_TITLE_LENGTH
from airloom.llm.prompt import visible
from airloom.logs.contract import COMMERCE, CONTENT

MOST: Final = {CONTENT: 5000, COMMERCE: 2500}
"""Objects of each domain that are kept, those with the most events first."""
_NODES: Final = 5000
"""Nodes that can be shown whether an object leads there or not: those with the most."""
MAX_BYTES: Final = 6_000_000
"""Of objects and nodes together; what comes later is left out."""


class Shown(NamedTuple):
    """What the page holds.

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
) -> Shown:
    """Choose the most watched objects and write down all that the page says about each.

    Args:
        objects: object_id, domain, title, events.
        intents: What `resolve_objects` gives.
        weights: Of its nodes.
        answers: `IntentStore.read`.
        rejected: `IntentStore.rejected_rows`.
    """
    chosen = _most_watched(objects)
    ids = chosen["object_id"].combine_chunks()
    answers = answers.filter(pc.is_in(answers["object_id"], value_set=ids))
    unread = pc.invert(pc.is_in(rejected["atom_id"], value_set=answers["atom_id"].combine_chunks()))
    rejected = rejected.filter(pc.and_(unread, pc.is_in(rejected["object_id"], value_set=ids)))
    who: dict[tuple[str, str, str], int] = {}
    spoken = _by_object([*answers.to_pylist(), *rejected.select(answers.column_names).to_pylist()], who)
    leads = _leads(spoken.values(), intents)
    rows = pc.index_in(ids, value_set=intents.table["object_id"].combine_chunks())
    resolved = intents.table.take(rows).to_pylist()

    written: list[str] = []
    nodes = _largest(intents.nodes, weights)
    counts = dict.fromkeys(MOST, 0)
    size = sum(len(node.encode()) for node in nodes.values())
    for row, own in zip(chosen.to_pylist(), resolved, strict=True):
        said = [
            {**answer, "paths": [{**path, "led": leads[tuple(path["labels"])]} for path in answer["paths"]]}
            for answer in spoken.get(row["object_id"], [])
        ]
        paths = _paths(own)
        text = _json({**row, "title": visible(row["title"], MAX_TITLE_LENGTH), "said": said, "paths": paths})
        walks = [*paths, *(walk for answer in said for path in answer["paths"] for walk in path["led"])]
        new = {
            node: _node(node, intents.nodes, weights)
            for _, *walk in walks
            for node in walk
            if node not in nodes
        }
        size += len(text.encode()) + sum(len(node.encode()) for node in new.values())
        if size > MAX_BYTES:
            break
        nodes |= new
        written.append(text)
        counts[row["domain"]] += 1
    body = (
        f'{{"who":{_json(list(who))},"nodes":{{{",".join(nodes.values())}}},"objects":[{",".join(written)}]}}'
    )
    return Shown(body.replace("<", "\\u003c"), counts)


def _most_watched(objects: pa.Table) -> pa.Table:
    order: list[tuple[str, Any]] = [("events", "descending"), ("object_id", "ascending")]
    return pa.concat_tables(
        [
            objects.filter(pc.equal(objects["domain"], domain)).sort_by(order).slice(0, most)
            for domain, most in MOST.items()
        ]
    )


def _largest(nodes: Nodes, weights: Weights) -> dict[int, str]:
    order = np.argsort(-(weights.confidence + weights.products), kind="stable")[:_NODES]
    chosen = sorted({node for largest in order.tolist() for node in nodes.walk(largest)})
    return {node: _node(node, nodes, weights) for node in chosen}


def _by_object(
    answers: Iterable[Mapping[str, Any]], who: dict[tuple[str, str, str], int]
) -> dict[str, list[dict[str, Any]]]:
    """What was said of each object; the same words about several events stand once. `who` is filled."""
    said: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for row in answers:
        speaker = who.setdefault((row["reasoner"], row["model"], row["prompt_version"]), len(who))
        event = (
            row["action"]
            if row["profile_bucket"] == ANY_PROFILE
            else f"{row['action']} ({row['profile_bucket']})"
        )
        paths = [
            {"labels": path["labels"], "confidence": round(path["confidence"], 3)} for path in row["paths"]
        ]
        words = {"who": speaker, "status": row["status"], "reason": row["reason"], "paths": paths}
        said[row["object_id"]].setdefault(_json(words), {**words, "events": []})["events"].append(event)
    return {object_id: list(words.values()) for object_id, words in said.items()}


def _leads(
    spoken: Iterable[Sequence[Mapping[str, Any]]], intents: ObjectIntents
) -> dict[Labels, list[list[float]]]:
    """For every sequence of labels that is shown: shares, each with the nodes from coarse to fine."""
    leads: dict[Labels, list[list[float]]] = {
        tuple(path["labels"]): [] for answers in spoken for answer in answers for path in answer["paths"]
    }
    read = intents.readings
    for row, labels in enumerate(intents.labels):
        if labels in leads:
            leads[labels] = [
                [round(float(share), 3), *_walk(intents.nodes, need=int(need), category=int(category))]
                for need, category, share in zip(
                    read.needs[row], read.categories[row], read.shares[row], strict=True
                )
                if share > 0
            ]
    return leads


def _walk(nodes: Nodes, *, need: int, category: int) -> list[int]:
    walk = nodes.walk(category)
    place = 0 if need == NO_NODE else int(nodes.levels[need])
    return walk if need == NO_NODE else [*walk[:place], need, *walk[place:]]


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
