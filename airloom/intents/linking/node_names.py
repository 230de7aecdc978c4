"""The names of nodes in append-only files, each named by the number of names before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from airloom.errors import AirloomError
from airloom.files import atomic_file


class NodeName(NamedTuple):
    """A name of a node; a node has one name of its own and any number of merged ones.

    Attributes:
        node: Id of the node.
        label: As the merchant or the first reasoner spells it.
        key: Normalized label.
        parent: Id of the coarser node or -1.
        level: 0 at a root.
        kind: `NEED` or `CATEGORY`.
        text: What the encoder reads.
    """

    node: int
    label: str
    key: str
    parent: int
    level: int
    kind: int
    text: str


_SCHEMA: Final = pa.schema(
    [
        ("node", pa.int64()),
        ("label", pa.string()),
        ("key", pa.string()),
        ("parent", pa.int32()),
        ("level", pa.int8()),
        ("kind", pa.int8()),
        ("text", pa.string()),
    ]
)


def append_names(folder: Path, names: Sequence[NodeName], *, after: int) -> None:
    """Write names as one more file, whole or not at all; no file where there are none.

    Args:
        folder: Where the files lie.
        names: What is new.
        after: How many names are there already.
    """
    if names:
        table = pa.Table.from_pylist([name._asdict() for name in names], schema=_SCHEMA)
        with atomic_file(folder / f"names-{after:09d}.parquet") as temporary:
            pq.write_table(table, temporary, compression="zstd")


def read_names(folder: Path) -> Iterator[NodeName]:
    """Yield all names in the order in which they were given.

    Raises:
        AirloomError: A file is missing.
    """
    count = 0
    for file in sorted(folder.glob("names-*.parquet")):
        if int(file.stem.removeprefix("names-")) != count:
            raise AirloomError(
                f"The node table in {folder} has a gap before {file.name}",
                do="Bring the missing file back, or delete the folder to number all nodes anew",
            )
        columns = pq.read_table(file, schema=_SCHEMA)
        count += columns.num_rows
        yield from map(NodeName._make, zip(*(column.to_pylist() for column in columns.columns), strict=True))
