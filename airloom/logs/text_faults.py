"""Text that is not UTF-8: which rows have it, and the same rows with it escaped, so that they can be kept."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

NOT_UTF8: Final = "columns_not_utf8"
SEPARATOR: Final = ","


def with_escaped_text(rows: pa.Table) -> pa.Table:
    r"""Return the rows with the column `NOT_UTF8`: their columns that hold other bytes, null where none does.

    Such bytes are written as `\xe9`: a reader of text would stop at them.

    >>> latin = pa.array([b"caf\xe9"]).view(pa.string())
    >>> with_escaped_text(pa.table({"title": latin})).to_pylist()
    [{'title': 'caf\\xe9', 'columns_not_utf8': 'title'}]
    """
    faulty: dict[int, list[str]] = {}
    for index, name in enumerate(rows.column_names):
        column = rows.column(index)
        if not _is_utf8(column):
            escaped, mask = _escaped(column.combine_chunks())
            rows = rows.set_column(index, name, escaped)
            for row in np.flatnonzero(mask):
                faulty.setdefault(int(row), []).append(name)
    if not faulty:
        return rows.append_column(NOT_UTF8, pa.nulls(rows.num_rows, pa.string()))
    names = [SEPARATOR.join(faulty[row]) if row in faulty else None for row in range(rows.num_rows)]
    return rows.append_column(NOT_UTF8, pa.array(names, pa.string()))


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column of any type as text, escaped where it is not UTF-8."""
    options = pc.CastOptions.safe(pa.string())
    options.allow_invalid_utf8 = True
    text = column.cast(options=options)
    return text if _is_utf8(text) else pa.chunked_array([_escaped(text.combine_chunks())[0]])


def _is_utf8(column: pa.ChunkedArray) -> bool:
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _escaped(column: pa.Array) -> tuple[pa.Array, NDArray[np.bool_]]:
    """Return the column as valid text, and which rows were not."""
    if pa.types.is_list(column.type):
        values, bad = _escaped(column.flatten())
        lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy()
        offsets = np.append(0, np.cumsum(lengths))
        mask = np.add.reduceat(np.append(bad, False), offsets[:-1]) > 0 if len(column) else bad
        mask &= lengths > 0  # reduceat gives an empty range the value at its start
        escaped = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values, mask=pc.is_null(column))
        return escaped, mask
    raw = column.cast(pa.binary()).to_pylist()
    texts = [None if value is None else value.decode(errors="backslashreplace") for value in raw]
    mask = np.array(
        [text is not None and text.encode() != value for text, value in zip(texts, raw, strict=True)]
    )
    return pa.array(texts, pa.string()), mask
