"""The store of one task: every answer ever given, by version, in Parquet files that only grow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airloom.files import write_text
from airloom.llm.keys import Shard, key_id
from airloom.llm.outcome import ANSWERED, EMPTY, FAILED, REJECTED
from airloom.llm.store import parquet_parts
from airloom.llm.store.answer_journal import AnswerJournal
from airloom.llm.store.answer_table import AnswerTable
from airloom.llm.version import LLM, Version, kind_in

V = TypeVar("V")

ANSWERS_FOLDER: Final = "answers"
VERSIONS_FILE: Final = "versions.txt"
FOLDERS: Final = {ANSWERED: ANSWERS_FOLDER, EMPTY: ANSWERS_FOLDER, REJECTED: "rejected", FAILED: "failed"}
"""Folder of the rows of each status below the store's root; in each, a folder a version."""


class AnswerStore(Generic[V]):
    """Answers, rejected replies and failed questions below one folder.

    `journal/` holds what a worker has not stored yet. `versions.txt` has the versions in the order in which
    their answers count: the one that was asked last, or imported with something new, is at the top; a person
    may reorder the lines.

    Args:
        root: The folder; need not exist.
        answers: The columns.
        kinds: Kinds of versions; where several have answered a question, those of an earlier kind count
            first, whatever `versions.txt` says.
    """

    def __init__(self, root: Path, *, answers: AnswerTable[V], kinds: Sequence[str] = (LLM,)) -> None:
        self.answers = answers
        self._root = root
        self._kinds = kinds

    def journal(self, version: Version, *, shard: Shard) -> AnswerJournal:
        """Return where a worker writes outcomes of `shard` before they are stored."""

        def store(rows: Sequence[Mapping[str, Any]]) -> None:
            self.append(version, self.answers.table(rows))

        return AnswerJournal(self._root / "journal" / version.folder, shard=shard, store=store)

    def append(self, version: Version, rows: pa.Table) -> None:
        """Add rows, each to the folder of its status; the same rows again add nothing."""
        for folder in sorted(set(FOLDERS.values())):
            statuses = pa.array([status for status, name in FOLDERS.items() if name == folder])
            chosen = rows.filter(pc.is_in(rows["status"], value_set=statuses))
            if chosen.num_rows:
                chosen = chosen.sort_by(self.answers.id_column)
                parquet_parts.append(self._folder(folder, version.folder), chosen)

    def prefer(self, version: Version) -> None:
        """Let this version's answers count before those of others of its kind."""
        listed = self._listed()
        of_its_kind = [name for name in listed if kind_in(name) == version.kind]
        if of_its_kind[:1] != [version.folder]:
            order = [version.folder, *(name for name in listed if name != version.folder)]
            write_text(self._root / VERSIONS_FILE, "".join(f"{name}\n" for name in order))

    def versions(self, kind: str | None = None) -> list[str]:
        """Return the folder names of all versions with answers, those that count first at the front.

        Args:
            kind: Only versions of this kind.
        """
        listed = self._listed()

        def rank(name: str) -> tuple[int, int, str]:
            return (
                self._kinds.index(kind_in(name)),
                listed.index(name) if name in listed else len(listed),
                name,
            )

        names = sorted(self._versions_in(FOLDERS[ANSWERED]), key=rank)
        return [name for name in names if kind in (None, kind_in(name))]

    def answer_files(self, version: str) -> list[Path]:
        """Return the files with the answers of a version (folder name)."""
        return parquet_parts.files(self._folder(FOLDERS[ANSWERED], version))

    def answered_files(self) -> list[Path]:
        """Return the files with the answers of all versions."""
        return [file for name in self.versions() for file in self.answer_files(name)]

    def answered_or_rejected_files(self, version: str) -> list[Path]:
        """Return the files with what a version (folder name) need not be asked again."""
        return [*self.answer_files(version), *parquet_parts.files(self._folder(FOLDERS[REJECTED], version))]

    def answered_ids(self, version: Version) -> set[str]:
        """Return the ids of the questions that a version answered."""
        name = self.answers.id_column
        return set(self.rows_of(version.folder, status=ANSWERED, columns=(name,))[name].to_pylist())

    def read(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return one answer a question, by id, of the first of `versions()` that has one."""
        id_column, schema = self.answers.id_column, self.answers.schema
        columns = schema.names if columns is None else list(columns)
        wanted = (id_column, *columns)
        of_versions = [self.rows_of(name, status=ANSWERED, columns=wanted) for name in self.versions()]
        rows = pa.concat_tables([self.answers.columns(wanted).empty_table(), *of_versions])
        numbered = pa.table({id_column: rows[id_column], "row": np.arange(rows.num_rows)})
        first = numbered.group_by(id_column).aggregate([("row", "min")])["row_min"]
        return rows.take(first).sort_by(id_column).select(columns)

    def rows_of(self, version: str, *, status: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Return all rows of a version (folder name) in the folder of `status`, with all columns or some."""
        schema = self.answers.schema if columns is None else self.answers.columns(columns)
        return parquet_parts.read_all(self._folder(FOLDERS[status], version), schema=schema)

    def rejected_rows(self) -> pa.Table:
        """Return all rejected replies, and failed questions that their version has not answered since."""
        id_column = self.answers.id_column
        tables = [self.answers.schema.empty_table()]
        tables += [
            self.rows_of(name, status=REJECTED).sort_by(id_column)
            for name in self._versions_in(FOLDERS[REJECTED])
        ]
        for name in self._versions_in(FOLDERS[FAILED]):
            failed = self.rows_of(name, status=FAILED).sort_by(id_column)
            since = [
                self.rows_of(name, status=status, columns=(id_column,)) for status in (ANSWERED, REJECTED)
            ]
            ids = pa.concat_tables(since)[id_column].combine_chunks()
            tables.append(failed.filter(pc.invert(pc.is_in(failed[id_column], value_set=ids))))
        return pa.concat_tables(tables)

    def spent(self, version: Version, *, day: date, shard: Shard) -> float:
        """Return what the replies of one shard to the runs for `day` have cost so far, in US dollars."""
        column = self.answers.shard_column or self.answers.id_column
        total = 0.0
        for status in (ANSWERED, REJECTED, FAILED):
            rows = self.rows_of(version.folder, status=status, columns=(column, "usd", "asked_for"))
            rows = rows.filter(pc.equal(rows["asked_for"], pa.scalar(day, pa.date32())))
            total += sum(
                usd
                for field, usd in zip(rows[column].to_pylist(), rows["usd"].to_pylist(), strict=True)
                if shard.has(key_id((field,)) if self.answers.shard_column else field)
            )
        return total

    def compact(self) -> None:
        """Merge small files; safe beside workers and readers."""
        for folder in sorted(set(FOLDERS.values())):
            for name in self._versions_in(folder):
                parquet_parts.compact(self._folder(folder, name), sort_by=self.answers.id_column)

    def _folder(self, folder: str, version: str) -> Path:
        return self._root / folder / f"version={version}"

    def _versions_in(self, folder: str) -> list[str]:
        return sorted(path.name.removeprefix("version=") for path in self._root.glob(f"{folder}/version=*"))

    def _listed(self) -> list[str]:
        file = self._root / VERSIONS_FILE
        return file.read_text(encoding="utf-8").split() if file.exists() else []
