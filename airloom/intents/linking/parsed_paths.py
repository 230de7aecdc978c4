"""Stage 1: answers as a table of paths, each with a row number among the different sequences of labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from airloom.intents.paths import IntentPaths

Labels: TypeAlias = tuple[str, ...]
"""The normalized labels of one path, coarse to fine."""

PARSED_SCHEMA: Final = pa.schema(
    [("atom", pa.int64()), ("object", pa.int64()), ("labels", pa.int64()), ("confidence", pa.float64())]
)

_SEPARATOR: Final = "\x1f"
"""Joins labels; a normalized label holds no control character."""


class ParsedPaths(NamedTuple):
    """The paths of some answers.

    Attributes:
        labels: The different sequences of labels.
        paths: `PARSED_SCHEMA`, one row per path: number of the answer, number of its object, row of `labels`.
    """

    labels: list[Labels]
    paths: pa.Table


def parse_stored(answers: pa.Table, objects: pa.Table) -> ParsedPaths:
    """Return the paths of stored answers; a path's object is its row in `objects`.

    Args:
        answers: object_id and paths.
        objects: object_id, with those of all answers.
    """
    lists = answers["paths"].combine_chunks()
    atoms = pc.list_parent_indices(lists)
    rows = pc.index_in(answers["object_id"].combine_chunks(), value_set=objects["object_id"].combine_chunks())
    flat = lists.flatten()
    joined = pc.binary_join(flat.field("labels"), _SEPARATOR).dictionary_encode()
    labels = [tuple(text.split(_SEPARATOR)) for text in joined.dictionary.to_pylist()]
    columns = [atoms, rows.take(atoms), joined.indices, flat.field("confidence")]
    return ParsedPaths(labels, _table(columns))


def parse_in_memory(answers: Sequence[IntentPaths]) -> ParsedPaths:
    """Return the paths of answers that no store holds; an answer is an object of its own."""
    labels = sorted({path.labels for answer in answers for path in answer})
    rows = {sequence: row for row, sequence in enumerate(labels)}
    numbers = [number for number, answer in enumerate(answers) for _ in answer]
    paths = [path for answer in answers for path in answer]
    columns = [numbers, numbers, [rows[path.labels] for path in paths], [path.confidence for path in paths]]
    return ParsedPaths(labels, _table([pa.array(column) for column in columns]))


def _table(columns: Sequence[pa.Array]) -> pa.Table:
    arrays = [column.cast(field.type) for column, field in zip(columns, PARSED_SCHEMA, strict=True)]
    return pa.table(arrays, schema=PARSED_SCHEMA)
