"""Reads requests in files of the form of RecBench+ (arXiv 2503.09382); docs/how-to/benchmark-requests.md."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from airloom.assistant.evaluation.request_case import ChoiceList, RequestCase, RequestSet
from airloom.assistant.graph.catalogue_graph import CatalogueGraph
from airloom.errors import AirloomError
from airloom.intents.linking.nodes import Nodes
from airloom.intents.paths import normalize_label
from airloom.knowledge.edges import EDGES, MERCHANT
from airloom.ranking.attribute_graph import attribute_graph
from airloom.ranking.snapshot import Neighbors, ObjectPaths, Objects, Snapshot
from airloom.ranking.texts import Texts
from airloom.text_files import find, read_lines
from airloom.timestamps import EpochSeconds

ITEMS: Final = "items.tsv"
RELATIONS: Final = "relations.tsv"
QUERIES: Final = "queries.jsonl"
MENTIONS: Final = "item_mentions.tsv"
STATED: Final = "conditions.tsv"
CHOICES: Final = "candidates.jsonl"
_LISTS: Final = "candidates"


def read_requests(folder: Path, *, split: str) -> RequestSet:
    """Return the requests of one split, and the catalogue as it is known without valid and test.

    Raises:
        AirloomError: A file is missing or is not what it should be, or the split has no request.
    """
    items = sorted(_table(_needed(folder, ITEMS), "item_id", "title"), key=lambda item: item["item_id"])
    ids = [item["item_id"] for item in items]
    row_of = {item: row for row, item in enumerate(ids)}
    if len(row_of) < len(ids):
        raise AirloomError(f"{folder / ITEMS} has an item_id twice", do="Leave one of the lines out")
    snapshot = _snapshot(folder, items, row_of)
    choices = _choices(folder, row_of)
    stated = _stated(folder, CatalogueGraph(snapshot))
    cases = tuple(
        _case(query, row_of, stated, choices)
        for query in _json_lines(_needed(folder, QUERIES), "query_id", "kind", "query", "split", "satisfying")
        if query["split"] == split
    )
    if not cases:
        raise AirloomError(
            f"{folder / QUERIES} has no request of the split {split!r}", do="Name another split"
        )
    return RequestSet(snapshot, cases, tuple(dict.fromkeys(name for case in cases for name in case.choices)))


def _case(
    query: Mapping[str, Any],
    row_of: Mapping[str, int],
    stated: Mapping[str, tuple[NDArray[np.int32], ...] | None],
    choices: Mapping[str, Mapping[str, ChoiceList]],
) -> RequestCase:
    satisfying, query_id = query["satisfying"] or [], str(query["query_id"])
    more = query.get("satisfying_closure") or [] if satisfying else []
    return RequestCase(
        query_id,
        query["kind"],
        query.get("conditions"),
        query["query"],
        np.unique(_rows([*satisfying, *more], row_of, query_id)),
        stated.get(query_id),
        choices.get(query_id, {}),
    )


def _snapshot(folder: Path, items: Sequence[Mapping[str, str]], row_of: Mapping[str, int]) -> Snapshot:
    count = len(items)
    mentions = find(folder, MENTIONS)
    popularity = np.zeros(count, np.float32)
    for line in _table(mentions, "item_id", "mention_queries_train") if mentions else ():
        popularity[_rows([line["item_id"]], row_of, MENTIONS)] = _number(line["mention_queries_train"])
    no_vectors, no_node = np.zeros((count, 1), np.float32), np.empty(0, np.int32)
    objects = Objects(
        [item["item_id"] for item in items],
        [item.get("display_title") or item["title"] for item in items],
        np.ones(count, np.bool_),
        np.ones(count, np.bool_),
        np.full(count, -1, np.int32),
        np.full(count, np.nan, np.float32),
        popularity,
        no_vectors,
    )
    offsets = np.zeros(count + 1, np.int64)
    return Snapshot(
        Nodes([], no_node, no_node.astype(np.int8), no_node.astype(np.int8), no_vectors[:0]),
        objects,
        Texts(np.ones((1, 1), np.float32), no_vectors, no_vectors[:0]),
        ObjectPaths(offsets, np.empty((0, 1), np.int32), np.empty(0, np.float32)),
        Neighbors(offsets, no_node, np.empty(0, np.float32)),
        before=EpochSeconds(0),
        versions={},
        attributes=attribute_graph(_edges(folder, row_of), pa.array(objects.ids)),
    )


def _edges(folder: Path, row_of: Mapping[str, int]) -> pa.Table:
    """Return what is known of the items; what only requests of valid or test tell is left out."""
    file = _needed(folder, RELATIONS)
    edges = set()
    for line in _table(file, "item_id", "relation", "value"):
        if line["item_id"] not in row_of:
            raise AirloomError(
                f"{file} tells of {line['item_id']}, which {ITEMS} does not have", do="Add it there"
            )
        if line.get("n_train") != "0":
            value = normalize_label(line["value"])
            edges.add((line["item_id"], _relation(line), value, MERCHANT, 1.0))
    return pa.Table.from_pylist([dict(zip(EDGES.names, edge, strict=True)) for edge in sorted(edges)], EDGES)


def _relation(line: Mapping[str, str]) -> str:
    return normalize_label(line["relation"]).replace(" ", "_")


def _stated(folder: Path, graph: CatalogueGraph) -> dict[str, tuple[NDArray[np.int32], ...] | None]:
    """Return what each request states, as values of the graph; None where the graph lacks one."""
    file = find(folder, STATED)
    stated: dict[str, list[NDArray[np.int32]]] = defaultdict(list)
    partly = set()
    for line in _table(file, "query_id", "relation", "value") if file else ():
        stated[line["query_id"]].append(graph.values_called(line["value"], _relation(line)))
        if line.get("complete") == "0":
            partly.add(line["query_id"])
    return {
        query: None if query in partly or not all(map(len, values)) else tuple(values)
        for query, values in stated.items()
    }


def _choices(folder: Path, row_of: Mapping[str, int]) -> dict[str, dict[str, ChoiceList]]:
    file = find(folder, CHOICES)
    return {
        str(line["query_id"]): {
            name.removeprefix(_LISTS).lstrip("_") or "random": ChoiceList(
                int(_rows([line["positive"]], row_of, line["query_id"])[0]),
                _rows(line[name], row_of, line["query_id"]),
            )
            for name in line
            if name.startswith(_LISTS) and isinstance(line[name], list)
        }
        for line in (_json_lines(file, "query_id", "positive") if file else ())
    }


def _rows(items: Iterable[Any], row_of: Mapping[str, int], query_id: str) -> NDArray[np.int32]:
    names = [str(item) for item in items]
    unknown = [name for name in names if name not in row_of]
    if unknown:
        raise AirloomError(
            f"{len(unknown)} items of {query_id} are not in {ITEMS}: {', '.join(unknown[:5])}",
            do="Add them there, or leave them out of the request",
        )
    return np.array([row_of[name] for name in names], np.int32)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise AirloomError(f"{MENTIONS} has {text!r} for a number", do="Write a number") from error


def _needed(folder: Path, name: str) -> Path:
    file = find(folder, name)
    if file is None:
        raise AirloomError(
            f"{folder} has no {name}", do="Give a folder as in docs/how-to/benchmark-requests.md"
        )
    return file


def _table(file: Path, *needed: str) -> Iterator[dict[str, str]]:
    """Yield the lines of a file of tab-separated columns, whose first line names them."""
    reader = csv.DictReader(read_lines(file), delimiter="\t", quoting=csv.QUOTE_NONE)
    missing = sorted(set(needed) - set(reader.fieldnames or ()))
    if missing:
        raise AirloomError(
            f"{file} has no column {', '.join(missing)}", do="Name the columns in its first line"
        )
    for number, line in enumerate(reader, start=2):
        if None in line or None in line.values():
            raise AirloomError(
                f"{file} line {number} has not as many columns as its first", do="Mend the line"
            )
        yield line


def _json_lines(file: Path, *needed: str) -> Iterator[dict[str, Any]]:
    for number, text in enumerate(read_lines(file), start=1):
        try:
            line = json.loads(text)
        except ValueError as error:
            raise AirloomError(f"{file} line {number} is not JSON ({error})", do="Mend the line") from error
        if not isinstance(line, dict) or not set(needed) <= set(line):
            raise AirloomError(f"{file} line {number} lacks one of {', '.join(needed)}", do="Mend the line")
        yield line
