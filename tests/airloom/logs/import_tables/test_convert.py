from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from airloom.errors import AirloomError
from airloom.logs.contract import EVENTS
from airloom.logs.import_tables.convert import convert
from airloom.logs.import_tables.mapping import ImportMapping
from airloom.logs.import_tables.source import SourceFile


def test_what_duckdb_cannot_convert_is_an_error_that_names_the_file_and_its_types_but_no_value() -> None:
    names = ("user_id", "ts", "action", "object_id")
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE raw (user_id TEXT, ts TEXT, action TEXT, object_id TEXT)")
        connection.execute("INSERT INTO raw VALUES ('secret', 'secret', 'secret', 'secret')")
        # the text is no timestamp, so no rule of one can be applied
        types = dict.fromkeys(names, "VARCHAR") | {"ts": "TIMESTAMP WITH TIME ZONE"}
        source = SourceFile(Path("events.parquet"), "raw", types, 1, 0)
        with pytest.raises(AirloomError) as error:
            convert(connection, EVENTS, source, mapping=ImportMapping(), first_day=None)
    assert "events.parquet cannot be converted to events (" in str(error.value)
    assert "ts (TIMESTAMP WITH TIME ZONE)" in str(error.value)
    assert "secret" not in str(error.value)
