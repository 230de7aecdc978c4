from __future__ import annotations

import pyarrow as pa

from airloom.logs.contract import Table
from docs.generator.lake_tables import tables_reference


def test_every_column_has_its_type_and_says_whether_it_is_required() -> None:
    schema = pa.schema(
        [
            pa.field("key", pa.string(), nullable=False),
            pa.field("ts", pa.timestamp("us", tz="UTC")),
            pa.field("path", pa.list_(pa.string())),
        ]
    )

    reference = tables_reference([Table("things", schema, sort_by=("key", "ts"))])

    assert "`<lake>/things/dt=YYYY-MM-DD/part-0.parquet`, sorted by key, ts." in reference
    assert "| `key` | string | yes |" in reference
    assert "| `ts` | timestamp, us, UTC |  |" in reference
    assert "| `path` | list of string |  |" in reference
