"""The intent store: every answer ever given, by version (model, prompt, schema), in files that only grow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from airloom.intents import parts
from airloom.intents.answers import ANSWER_SCHEMA, Version
from airloom.logs.lake import Lake

ENCODER: Final = "encoder"
"""Reasoner of the control, whose answers count only where no other version has any."""

REJECTED_SCHEMA: Final = pa.schema([("line", pa.int64()), ("reason", pa.string()), ("reply", pa.string())])


class IntentStore:
    """Answers and rejected replies under `<lake>/intents/`."""

    def __init__(self, lake: Lake) -> None:
        self._answers: Path = lake.path("intents", "answers")
        self._rejected: Path = lake.path("intents", "rejected")

    def append(self, version: Version, rows: pa.Table) -> None:
        """Add answers (`ANSWER_SCHEMA`); the same rows again add nothing."""
        parts.append(self._answers / f"version={version.folder}", rows)

    def reject(self, version: Version, rows: pa.Table) -> None:
        """Put replies that cannot be used aside, with the reason (`REJECTED_SCHEMA`)."""
        parts.append(self._rejected / f"version={version.folder}", rows)

    def versions(self) -> list[str]:
        """Folder names of all versions, those that count first at the front: the encoder's come last."""
        found = [folder.name.removeprefix("version=") for folder in self._answers.glob("version=*")]
        return sorted(found, key=lambda name: (name.startswith(f"{ENCODER}-"), name))

    def answered_ids(self, versions: Sequence[str] | None = None) -> set[str]:
        """Atom ids that one of `versions` (folder names; default all) has answered."""
        return {
            atom_id
            for version in (self.versions() if versions is None else versions)
            for part in parts.read(self._answers / f"version={version}", columns=["atom_id"])
            for atom_id in part["atom_id"].to_pylist()
        }

    def read(self) -> pa.Table:
        """One answer an atom (`ANSWER_SCHEMA`), of the first of `versions()` that has one; by atom_id."""
        found = [
            part for version in self.versions() for part in parts.read(self._answers / f"version={version}")
        ]
        if not found:
            return ANSWER_SCHEMA.empty_table()
        rows = pa.concat_tables(found)
        numbered = pa.table({"atom_id": rows["atom_id"], "row": np.arange(rows.num_rows)})
        first = numbered.group_by("atom_id").aggregate([("row", "min")])["row_min"]
        return rows.take(first).sort_by("atom_id")

    def rejected(self) -> pa.Table:
        """Every reply put aside: version and the columns of `REJECTED_SCHEMA`."""
        found = [
            part.add_column(0, "version", pa.repeat(folder.name.removeprefix("version="), part.num_rows))
            for folder in sorted(self._rejected.glob("version=*"))
            for part in parts.read(folder)
        ]
        empty = REJECTED_SCHEMA.insert(0, pa.field("version", pa.string())).empty_table()
        return pa.concat_tables([empty, *found])
