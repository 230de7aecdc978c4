from __future__ import annotations

import pyarrow as pa

from airloom.logs.text_faults import NOT_UTF8, with_escaped_text


def text(*values: bytes | None) -> pa.Array:
    """Return bytes as a column of text, as a Parquet file with another encoding gives it."""
    return pa.array(values, pa.binary()).view(pa.string())


def test_other_bytes_are_escaped_and_their_columns_are_named() -> None:
    rows = pa.table({"title": text(b"ok", b"caf\xe9", None), "description": text(b"\xff", b"\xff", b"ok")})

    escaped = with_escaped_text(rows)

    assert escaped["title"].to_pylist() == ["ok", "caf\\xe9", None]
    assert escaped[NOT_UTF8].to_pylist() == ["description", "title,description", None]
    escaped.validate(full=True)


def test_lists_keep_their_shape() -> None:
    values = text(b"a", b"b\xff", b"c")
    lists = pa.ListArray.from_arrays([0, 1, 1, 1, 3], values, mask=pa.array([False, True, False, False]))

    escaped = with_escaped_text(pa.table({"path": lists}).slice(1))

    assert escaped["path"].to_pylist() == [None, [], ["b\\xff", "c"]]
    assert escaped[NOT_UTF8].to_pylist() == [None, None, "path"]


def test_text_that_looks_escaped_is_no_fault() -> None:
    rows = pa.table({"title": [r"caf\xe9", "café"]})
    escaped = with_escaped_text(rows)
    assert escaped["title"].to_pylist() == rows["title"].to_pylist()
    assert escaped[NOT_UTF8].null_count == 2
