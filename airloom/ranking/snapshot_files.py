"""The files of a snapshot: Arrow tables, NumPy arrays and a manifest, addressed by a digest.

File and column names are a format; they do not follow renames in the code.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from airloom.files import atomic_dir

MANIFEST: Final = "manifest.json"


def content_digest(tables: Mapping[str, pa.Table], arrays: Mapping[str, NDArray[np.generic]]) -> str:
    """Return the SHA-256 of names, types and values, 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for name, table in tables.items():
        stream = pa.BufferOutputStream()
        with pa.ipc.new_stream(stream, table.schema) as writer:
            writer.write_table(table)
        digest.update(name.encode())
        digest.update(stream.getvalue())
    for name, values in arrays.items():
        digest.update(f"{name} {values.dtype} {values.shape}".encode())
        digest.update(np.ascontiguousarray(values).data)  # no copy: a million products are gigabytes
    return digest.hexdigest()[:16]


def write_snapshot_files(
    folder: Path,
    *,
    manifest: Mapping[str, Any],
    tables: Mapping[str, pa.Table],
    arrays: Mapping[str, NDArray[np.generic]],
) -> None:
    """Write all files of a snapshot to a new `folder`, atomically."""
    with atomic_dir(folder) as temporary:
        for name, table in tables.items():
            with (
                pa.OSFile(str(temporary / f"{name}.arrow"), "wb") as sink,
                pa.ipc.new_file(sink, table.schema) as writer,
            ):
                writer.write_table(table)
        for name, values in arrays.items():
            np.save(temporary / f"{name}.npy", values, allow_pickle=False)
        text = json.dumps(manifest, indent=2, sort_keys=True)
        (temporary / MANIFEST).write_text(text, encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest: `digest`, `as_of` (seconds since 1970 UTC) and `versions`."""
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return manifest


def mapped_table(folder: Path, name: str) -> pa.Table:
    """Return a table of a snapshot, memory-mapped.

    Raises:
        OSError, pyarrow.ArrowException: The file does not exist, or holds no table whose texts are texts.
    """
    with pa.memory_map(str(folder / f"{name}.arrow")) as source:
        table = pa.ipc.open_file(source).read_all().combine_chunks()
    table.validate(full=True)  # a wrong offset would end the process
    return table


def has_table(folder: Path, name: str) -> bool:
    """Return whether a folder has a table; a snapshot's digest counts one that is missing."""
    return (folder / f"{name}.arrow").exists()


def has_array(folder: Path, name: str) -> bool:
    """Return whether a folder has an array; a snapshot's digest counts one that is missing."""
    return (folder / f"{name}.npy").exists()


def mapped_array(folder: Path, name: str) -> NDArray[Any]:
    """Return an array of a folder, memory-mapped and read-only.

    Raises:
        OSError, EOFError, ValueError: The file does not exist, or is no whole array.
    """
    # np.asarray: the memmap class makes every indexing several times slower than a plain view
    return np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False))
