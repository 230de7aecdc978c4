"""A small folder of requests about films, in the form of RecBench+; all of it made up."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any, Final

ITEMS: Final = (
    ("1", "Harbor Lights", "Harbor Lights"),
    ("10", "Quiet River, The", "The Quiet River"),
    ("2", "Night Train North", "Night Train North"),
    ("3", "Salt and Rope", "Salt and Rope"),
    ("4", "Winter Orchard", "Winter Orchard"),
)
RELATIONS: Final = (
    ("1", "Starring", "Mira Vance", "2"),
    ("2", "Starring", "Mira Vance", "1"),
    ("3", "Starring", "Mira Vance", "0"),  # what only valid or test requests tell
    ("1", "Genre", "Drama", ""),
    ("2", "Genre", "Thriller", ""),
    ("3", "Genre", "Drama", ""),
    ("4", "Genre", "Drama", ""),
    ("4", "Directed_by", "Otto Lindqvist", "1"),
    ("10", "Directed_by", "Otto Lindqvist", "1"),
)
QUERIES: Final[tuple[dict[str, Any], ...]] = (
    {
        "query_id": "a",
        "kind": "explicit",
        "conditions": 1,
        "query": "films with Mira Vance",
        "satisfying": [1, 2],
    },
    {
        "query_id": "b",
        "kind": "explicit",
        "conditions": 2,
        "query": "a drama with Mira Vance, please",
        "satisfying": [1],
        "satisfying_closure": [3],
    },
    {
        "query_id": "c",
        "kind": "implicit",
        "conditions": 1,
        "query": "I watched The Quiet River, something by the same director",
        "satisfying": [4],
    },
    {
        "query_id": "d",
        "kind": "misinformed",
        "conditions": 1,
        "query": "I enjoyed Winter Orchard and the performance by Otto Lindqvist",
        "satisfying": [],
    },
)
STATED: Final = (
    ("a", "Starring", "Mira Vance", "1"),
    ("b", "Starring", "Mira Vance", "1"),
    ("b", "Genre", "Drama", "1"),
    ("c", "Directed_by", "Somebody Else", "1"),
)


def write_requests(folder: Path) -> Path:
    """Write the folder, its requests as the test split and one of valid."""
    folder.mkdir(parents=True)
    _table(folder / "items.tsv", ("item_id", "title", "display_title"), ITEMS)
    _table(folder / "relations.tsv", ("item_id", "relation", "value", "n_train"), RELATIONS)
    _table(folder / "item_mentions.tsv", ("item_id", "mention_queries_train"), [("2", "7"), ("4", "3")])
    _table(folder / "conditions.tsv", ("query_id", "relation", "value", "complete"), STATED)
    queries = [query | {"split": "test"} for query in QUERIES]
    queries.append(QUERIES[0] | {"query_id": "e", "split": "valid"})
    _json_lines(folder / "queries.jsonl.gz", queries)
    lists = {"candidates": [4, 1, 10], "candidates_hard": [1, 3, 10]}
    _json_lines(folder / "candidates.jsonl.gz", [{"query_id": "b", "positive": 1, **lists}])
    return folder


def _table(file: Path, head: tuple[str, ...], rows: Any) -> None:
    file.write_text("".join("\t".join(row) + "\n" for row in (head, *rows)), encoding="utf-8")


def _json_lines(file: Path, lines: list[dict[str, Any]]) -> None:
    file.write_bytes(gzip.compress("".join(json.dumps(line) + "\n" for line in lines).encode()))
