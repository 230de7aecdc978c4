"""The controlled vocabulary of attribute values: which spelling stands for all that mean nearly the same."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from airloom.intents.encoding import TextEncoder
from airloom.intents.linking.cluster_representatives import cluster_representatives
from airloom.knowledge.claims import CLAIMS, Relation
from airloom.knowledge.value_files import VALUES, VALUES_FOLDER, append_values, read_values
from airloom.logs.lake import Lake
from airloom.writers_lock import writers_lock

CONTROLLED: Final = (
    Relation.FORM,
    Relation.MATERIAL,
    Relation.AUDIENCE,
    Relation.FEATURE,
    Relation.OCCASION,
    Relation.SEASON,
)
"""Relations whose values are words only; the others name categories, needs or price tiers."""

MERGE_AT: Final = 0.9
"""Cosine from which two values of a relation are one. Higher than for needs: `steel` is not `iron`."""

_NUMBER: Final = re.compile(r"\d+(?:[.,/-]\d+)*")

_Group: TypeAlias = tuple[str, tuple[str, ...]]
"""A relation, and the numbers of a value: `12 inch` and `14 inch` look alike and are not."""


class Canonical(NamedTuple):
    """Claims with the canonical spelling of their values.

    Attributes:
        claims: `CLAIMS`.
        new: relation, value, becomes: the values that the vocabulary did not know.
    """

    claims: pa.Table
    new: pa.Table


@contextmanager
def value_vocabulary(lake: Lake, encoder: TextEncoder) -> Iterator[ValueVocabulary]:
    """Open the vocabulary of a lake, under `knowledge/values/`, for one build at a time.

    Another build waits until this one ends: what a value becomes depends on the values that were there
    before it. Nothing is kept without `save`.

    Args:
        lake: Where it is kept.
        encoder: Compares values.

    Raises:
        AirloomError: A file of it is missing, or it may not be written.
    """
    folder = lake.path(VALUES_FOLDER)
    with writers_lock(folder):
        yield ValueVocabulary(folder, encoder)


class ValueVocabulary:
    """Every value ever seen and what it becomes; append-only, so that a value means the same on every day.

    Args:
        folder: Where it is kept; nobody else may write there meanwhile, see `value_vocabulary`.
        encoder: Compares values.
    """

    def __init__(self, folder: Path, encoder: TextEncoder) -> None:
        self._folder = folder
        self._encoder = encoder
        self._becomes: dict[tuple[str, str], str] = {}
        self._representatives: dict[_Group, list[str]] = defaultdict(list)
        for relation, value, becomes in read_values(folder):
            self._add(relation, value, becomes)
        self._stored = len(self._becomes)

    def canonical(self, claims: pa.Table) -> Canonical:
        """Return the claims with canonical values; new values join the vocabulary, in alphabetical order.

        A value becomes the first that had the same words but for a plural's s, or else the one nearest in
        meaning of the same relation and with the same numbers, or stays itself.
        """
        used = claims.group_by(["relation", "value"]).aggregate([])
        mask = pc.is_in(used["relation"], value_set=pa.array([str(name) for name in CONTROLLED]))
        used = used.filter(mask).sort_by([("relation", "ascending"), ("value", "ascending")])
        pairs = zip(used["relation"].to_pylist(), used["value"].to_pylist(), strict=True)
        new: dict[_Group, list[str]] = defaultdict(list)
        for relation, value in pairs:
            if (relation, value) not in self._becomes:
                new[relation, tuple(_NUMBER.findall(value))].append(value)
        self._add_groups(new)
        keys = pc.binary_join_element_wise(claims["relation"], claims["value"], "\x1f")
        known = pa.array(["\x1f".join(pair) for pair in self._becomes], pa.string())
        becomes = pa.array(list(self._becomes.values()), pa.string())
        values = pc.coalesce(becomes.take(pc.index_in(keys, value_set=known)), claims["value"])
        column = CLAIMS.get_field_index("value")
        renamed = claims.set_column(column, CLAIMS.field("value"), values)
        return Canonical(renamed, self._table(self._stored))

    def save(self) -> None:
        """Write what is new as one more file, whole or not at all."""
        append_values(self._folder, self._table(self._stored), after=self._stored)
        self._stored = len(self._becomes)

    def _add_groups(self, new: Mapping[_Group, Sequence[str]]) -> None:
        texts = sorted({value for group in new for value in (*self._representatives[group], *new[group])})
        vectors = self._encoder.encode(texts)  # of all groups together: most groups are small
        row_of = {text: row for row, text in enumerate(texts)}
        for (relation, numbers), values in new.items():
            heads = list(self._representatives[relation, numbers])
            by_stem = {_stem(value): value for value in reversed(heads)}
            free = [value for value in values if by_stem.setdefault(_stem(value), value) == value]
            own = vectors[[row_of[value] for value in (*heads, *free)]]
            clusters = cluster_representatives(own, known=len(heads), merge_at=MERGE_AT)
            merged: dict[str, str] = {}
            for value, cluster in zip(free, clusters.tolist(), strict=True):
                if cluster == len(heads):
                    heads.append(value)
                merged[value] = heads[cluster]
            for value in values:
                first = by_stem[_stem(value)]
                self._add(relation, value, merged.get(first, first))

    def _add(self, relation: str, value: str, becomes: str) -> None:
        self._becomes[relation, value] = becomes
        if value == becomes:
            self._representatives[relation, tuple(_NUMBER.findall(value))].append(value)

    def _table(self, start: int) -> pa.Table:
        rows = [(*key, becomes) for key, becomes in list(self._becomes.items())[start:]]
        columns = zip(*rows, strict=True) if rows else ([], [], [])
        return pa.table([pa.array(column, pa.string()) for column in columns], schema=VALUES)


def _stem(value: str) -> str:
    return " ".join(word.removesuffix("s") for word in re.split(r"[\s-]+", value))
