"""The intent store: every answer ever given, by version (model, prompt, schema), in files that only grow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airloom.files import write_text
from airloom.intents import parts
from airloom.intents.answers import (
    ANSWER_SCHEMA,
    ANSWERED,
    EMPTY,
    ENCODER,
    FAILED,
    KINDS,
    LLM,
    REJECTED,
    Version,
    answer_table,
)
from airloom.intents.atoms import Shard
from airloom.intents.journal import Journal
from airloom.logs.lake import Lake

FOLDERS: Final = {ANSWERED: "answers", EMPTY: "answers", REJECTED: "rejected", FAILED: "failed"}
"""Where the rows of each status lie below `intents/`: answers, replies that are none, atoms without one."""


class IntentStore:
    """Answers and quarantine under `<lake>/intents/`, each with a folder a version.

    `journal/` there holds what a worker has not stored yet, `versions.txt` the versions in the order in which
    they count: who was asked last, or imported with something new, is at the top; a person may reorder the
    lines.
    """

    def __init__(self, lake: Lake) -> None:
        self._root: Path = lake.path("intents")

    def journal(self, version: Version, *, shard: Shard) -> Journal:
        """Where a worker writes what it is told about the atoms of `shard`."""

        def store(rows: Sequence[Mapping[str, Any]]) -> None:
            self.append(version, answer_table(rows))

        return Journal(self._root / "journal" / version.folder, shard=shard, store=store)

    def append(self, version: Version, rows: pa.Table) -> None:
        """Add rows (`ANSWER_SCHEMA`), each in the place of its status; the same rows again add nothing."""
        for folder in sorted(set(FOLDERS.values())):
            here = pa.array([status for status, place in FOLDERS.items() if place == folder])
            chosen = rows.filter(pc.is_in(rows["status"], value_set=here))
            if chosen.num_rows:
                parts.append(self._place(folder, version.folder), chosen.sort_by("atom_id"))

    def prefer(self, version: Version) -> None:
        """Let this version's answers count before those of others of its kind."""
        listed = self._listed()
        if listed[:1] != [version.folder]:
            order = [version.folder, *(name for name in listed if name != version.folder)]
            write_text(self._root / "versions.txt", "".join(f"{name}\n" for name in order))

    def versions(self, kind: str | None = None) -> list[str]:
        """Folder names of all versions that answered something, those that count first at the front.

        Language models come before students and these before the encoder, whatever that file says.

        Args:
            kind: One of `KINDS`, to leave out the others.
        """
        listed = self._listed()

        def place(name: str) -> tuple[int, int, str]:
            return KINDS.index(_kind(name)), listed.index(name) if name in listed else len(listed), name

        found = sorted(self._names(FOLDERS[ANSWERED]), key=place)
        return [name for name in found if kind in (None, _kind(name))]

    def answer_files(self, version: str) -> list[Path]:
        """The files with the answers of a version (folder name)."""
        return parts.files(self._place(FOLDERS[ANSWERED], version))

    def answered_ids(self, version: Version) -> set[str]:
        """Ids of the atoms that a version answered."""
        return set(self.rows_of(version.folder, status=ANSWERED, columns=("atom_id",))["atom_id"].to_pylist())

    def settled_for(self, version: Version) -> list[Path]:
        """Files that have, by `atom_id`, what `version` need not read.

        A language model need not read what it answered or rejected itself; a student, also what any language
        model answered; the encoder, what anybody answered.
        """
        if version.kind == ENCODER:
            return self.settled_files()
        own = self.settled_files(version.folder)
        if version.kind == LLM:
            return own
        return [*own, *(file for name in self.versions(LLM) for file in self.answer_files(name))]

    def settled_files(self, version: str | None = None) -> list[Path]:
        """Files that have, by `atom_id`, what needs no further question.

        Args:
            version: Folder name: the atoms that it answered or rejected. By default those that any answered.
        """
        if version is None:
            return [file for name in self.versions() for file in self.answer_files(name)]
        return [*self.answer_files(version), *parts.files(self._place(FOLDERS[REJECTED], version))]

    def read(self, columns: Sequence[str] = tuple(ANSWER_SCHEMA.names)) -> pa.Table:
        """One answer an atom, of the first of `versions()` that has one; by atom_id, with these columns."""
        wanted = ("atom_id", *columns)
        found = [self.rows_of(name, status=ANSWERED, columns=wanted) for name in self.versions()]
        rows = pa.concat_tables([_schema(wanted).empty_table(), *found])
        numbered = pa.table({"atom_id": rows["atom_id"], "row": np.arange(rows.num_rows)})
        first = numbered.group_by("atom_id").aggregate([("row", "min")])["row_min"]
        return rows.take(first).sort_by("atom_id").select(list(columns))

    def rows_of(
        self, version: str, *, status: str, columns: Sequence[str] = tuple(ANSWER_SCHEMA.names)
    ) -> pa.Table:
        """All rows of a version (folder name) that lie where those of `status` do, with these columns."""
        return parts.read_all(self._place(FOLDERS[status], version), schema=_schema(columns))

    def put_aside(self) -> pa.Table:
        """Every rejected reply, and every failed atom that the same version has not answered since."""
        rejected = (
            self.rows_of(name, status=REJECTED).sort_by("atom_id") for name in self._names(FOLDERS[REJECTED])
        )
        found = [ANSWER_SCHEMA.empty_table(), *rejected]
        for name in self._names(FOLDERS[FAILED]):
            failed = self.rows_of(name, status=FAILED).sort_by("atom_id")
            settled = [
                self.rows_of(name, status=status, columns=("atom_id",)) for status in (ANSWERED, REJECTED)
            ]
            known = pa.concat_tables(settled)["atom_id"].combine_chunks()
            found.append(failed.filter(pc.invert(pc.is_in(failed["atom_id"], value_set=known))))
        return pa.concat_tables(found)

    def spent(self, version: Version, *, day: date, shard: Shard) -> float:
        """What the replies of one shard cost so far that runs for `day` asked for, in US dollars."""
        total = 0.0
        for status in (ANSWERED, REJECTED, FAILED):
            rows = self.rows_of(version.folder, status=status, columns=("atom_id", "usd", "asked_for"))
            rows = rows.filter(pc.equal(rows["asked_for"], pa.scalar(day, pa.date32())))
            total += sum(
                usd
                for atom_id, usd in zip(rows["atom_id"].to_pylist(), rows["usd"].to_pylist(), strict=True)
                if shard.has(atom_id)
            )
        return total

    def compact(self) -> None:
        """Put small files together; safe beside workers and readers."""
        for folder in sorted(set(FOLDERS.values())):
            for name in self._names(folder):
                parts.compact(self._place(folder, name), sort_by="atom_id")

    def _place(self, folder: str, version: str) -> Path:
        return self._root / folder / f"version={version}"

    def _names(self, folder: str) -> list[str]:
        return sorted(place.name.removeprefix("version=") for place in self._root.glob(f"{folder}/version=*"))

    def _listed(self) -> list[str]:
        file = self._root / "versions.txt"
        return file.read_text(encoding="utf-8").split() if file.exists() else []


def _kind(version: str) -> str:
    return version.partition("-")[0]


def _schema(columns: Sequence[str]) -> pa.Schema:
    return pa.schema([ANSWER_SCHEMA.field(name) for name in dict.fromkeys(columns)])
