from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airloom.errors import AirloomError
from airloom.logs.contract import EVENTS, OBJECTS, Table
from airloom.logs.import_tables.column_conversions import conversions
from airloom.logs.import_tables.mapping import ImportMapping, parse_mapping
from airloom.logs.import_tables.source import SourceFile, read_source

REQUIRED: Final = {"user_id": "u", "ts": "2026-03-15T10:00:00Z", "action": "view", "object_id": "c1"}
RULES: Final = ImportMapping()
BERLIN: Final = ImportMapping(time_zone="Europe/Berlin")


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


def converted(
    connection: duckdb.DuckDBPyConnection, table: Table, rows: pa.Table, name: str, mapping: ImportMapping
) -> list[tuple[Any, bool]]:
    """Return the value of a column in every row, and whether it is a problem."""
    connection.register("rows", rows)
    connection.execute("CREATE OR REPLACE TABLE raw AS FROM rows")
    types = {column: kind for column, kind, *_ in connection.execute("DESCRIBE raw").fetchall()}
    source = SourceFile(Path("file.csv"), "raw", types, rows.num_rows, 0)
    (column,) = [column for column in conversions(table, source, mapping) if column.name == name]
    sql = f"SELECT {column.value}, {column.problem} FROM raw"  # noqa: S608 - of the code under test
    return [(value, bool(problem)) for value, problem in connection.sql(sql).fetchall()]


def event(
    connection: duckdb.DuckDBPyConnection, name: str, value: str | None, mapping: ImportMapping
) -> tuple[Any, bool]:
    """Return the converted value of one column of one event, and whether it is a problem."""
    columns = {column: pa.array([text]) for column, text in REQUIRED.items()}
    rows = pa.table(columns | {name: pa.array([value], pa.string())})
    return converted(connection, EVENTS, rows, name, mapping)[0]


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-03-15T10:00:00Z", "2026-03-15T10:00:00"),
        ("2026-03-15 10:00:00.123456+01:00", "2026-03-15T09:00:00.123456"),
        ("2026-03-15T10:00:00", "2026-03-15T09:00:00"),
        ("2026-07-15T10:00:00", "2026-07-15T08:00:00"),
        ("2026-10-25T02:30:00", "2026-10-25T01:30:00"),  # the hour that comes twice: the second one
        *((f"2026-03-15 10:00:00{zone}", "2026-03-15T10:00:00") for zone in (" GMT", " UTC", "z", " Z")),
        ("2026-03-15 10:00:00 -0530", "2026-03-15T15:30:00"),
        ("2026-03-15 10:00-05", "2026-03-15T15:00:00"),
    ],
)
def test_a_written_time_keeps_its_offset_or_lies_in_the_zone_that_is_given(
    connection: duckdb.DuckDBPyConnection, text: str, time: str
) -> None:
    value, problem = event(connection, "ts", text, BERLIN)
    assert (value.astimezone(UTC), problem) == (datetime.fromisoformat(time + "+00:00"), False)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-03-15", "1773568800", "yesterday", "0001-01-01 00:00:00"),
        "2026-03-29 02:30:00",  # a clock in Berlin skips it
        "2026-03-15 10:00:00.1234567Z",
        *(f"2026-03-15 10:00:00 {zone}" for zone in ("CET", "America/New_York", "Etc/GMT+10", "PM", "FOO")),
        *(
            f"2026-03-15 10:00:00{zone}"
            for zone in ("+99:00", "+01:30:15", " UTC+01:00", "+01:00[Europe/Berlin]")
        ),
    ],
)
def test_what_is_no_time_of_the_zone_is_a_problem(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    assert event(connection, "ts", text, BERLIN) == (None, True)


def test_without_a_zone_a_time_must_name_its_offset(connection: duckdb.DuckDBPyConnection) -> None:
    assert event(connection, "ts", "2026-03-15T10:00:00", RULES)[1]
    assert not event(connection, "ts", "2026-03-15T10:00:00Z", RULES)[1]


@pytest.mark.parametrize(
    ("unit", "text", "micros"),
    [
        ("s", "1773568800", 1_773_568_800_000_000),
        ("s", "1773568800.25", 1_773_568_800_250_000),
        ("ms", "1773568800123", 1_773_568_800_123_000),
        ("us", "1773568800123456", 1_773_568_800_123_456),
        ("ms", "1773568800", None),
        ("s", "1773568800123", None),
        ("s", "1e400", None),
        ("s", "noon", None),
        ("s", "1_773_568_800", None),
        ("s", "1.77357E+09", None),  # what a spreadsheet leaves of it
        ("s", "1773568800.1234567", None),
        ("ms", "1773568800123.4560", 1_773_568_800_123_456),
        ("us", "1773568800123456.5", None),
    ],
)
def test_a_number_is_a_time_in_the_unit_that_is_given_and_a_wrong_unit_is_a_problem(
    connection: duckdb.DuckDBPyConnection, unit: Any, text: str, micros: int | None
) -> None:
    value, problem = event(connection, "ts", text, ImportMapping(time_unit=unit))
    assert problem is (micros is None)
    assert micros is None or round(value.timestamp() * 1_000_000) == micros


def test_a_time_of_another_form_is_read_by_its_format(connection: duckdb.DuckDBPyConnection) -> None:
    mapping = ImportMapping(time_format="%d.%m.%Y %H:%M", time_zone="UTC")
    value, problem = event(connection, "ts", "15.03.2026 10:30", mapping)
    assert (value.astimezone(UTC), problem) == (datetime(2026, 3, 15, 10, 30, tzinfo=UTC), False)
    assert event(connection, "ts", "2026-03-15 10:30", mapping)[1]


def test_a_form_with_an_offset_is_read_by_it_and_a_doubled_percent_sign_is_none(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    offset = ImportMapping(time_format="%d.%m.%Y %H:%M %z", time_zone="Europe/Berlin")
    value, _ = event(connection, "ts", "15.03.2026 10:30 -0500", offset)
    assert value.astimezone(UTC) == datetime(2026, 3, 15, 15, 30, tzinfo=UTC)
    percent = ImportMapping(time_format="%d.%m.%Y %H:%M 100%%z", time_zone="Europe/Berlin")
    value, _ = event(connection, "ts", "15.03.2026 10:30 100%z", percent)
    assert value.astimezone(UTC) == datetime(2026, 3, 15, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "mapping", "hour"),
    [("Europe/Berlin", RULES, 10), (None, BERLIN, 9)],
    ids=["with zone", "without"],
)
def test_times_in_nanoseconds_are_times_unless_they_are_finer_than_microseconds(
    connection: duckdb.DuckDBPyConnection, zone: str | None, mapping: ImportMapping, hour: int
) -> None:
    nanoseconds = [1_773_568_800_123_456_000, 1_773_568_800_123_456_001]
    columns: dict[str, Any] = {name: [text] * 2 for name, text in REQUIRED.items()}
    rows = pa.table(columns | {"ts": pa.array(nanoseconds, pa.timestamp("ns", tz=zone))})
    (value, problem), finer = converted(connection, EVENTS, rows, "ts", mapping)
    assert value.astimezone(UTC) == datetime(2026, 3, 15, hour, 0, 0, 123456, tzinfo=UTC)
    assert not problem
    assert finer == (None, True)


@pytest.mark.parametrize("zone", ["UTC", None])
def test_a_timestamp_that_no_calendar_has_is_a_problem(
    connection: duckdb.DuckDBPyConnection, zone: str | None
) -> None:
    columns = {name: [text] for name, text in REQUIRED.items()}
    rows = pa.table(columns | {"ts": pa.array([2**63 - 1], pa.timestamp("us", tz=zone))})  # DuckDB's infinity
    assert converted(connection, EVENTS, rows, "ts", BERLIN) == [(None, True)]


@pytest.mark.parametrize(
    ("text", "value"),
    [("2", 2), ("2.0", 2), ("-1", -1), (" 2 ", 2), ("2.5", None), ("1_000", None), ("1e30", None)],
)
def test_a_quantity_is_never_rounded(
    connection: duckdb.DuckDBPyConnection, text: str, value: int | None
) -> None:
    assert event(connection, "quantity", text, RULES) == (value, value is None)


def test_a_missing_number_is_no_problem(connection: duckdb.DuckDBPyConnection) -> None:
    assert event(connection, "quantity", None, RULES) == (None, False)


@given(cents=st.integers(0, 10_000_000))
@settings(max_examples=50, deadline=None)
def test_cents_become_the_price_that_a_person_would_write(cents: int) -> None:
    mapping = parse_mapping(scales=["unit_price=0.01"], rules=RULES)
    price = float(f"{cents // 100}.{cents % 100:02}")
    with duckdb.connect() as connection:
        assert event(connection, "unit_price", str(cents), mapping) == (price, False)


@pytest.mark.parametrize("text", ["nan", "inf", "1e999", "1,99", "1_9.99", "EUR 3"])
def test_what_is_no_finite_number_is_a_problem(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    assert event(connection, "unit_price", text, RULES)[1]


def test_the_domain_follows_from_the_action_and_an_unknown_action_is_a_problem(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    mapping = parse_mapping(actions=["buy=order"], rules=RULES)
    actions = ["view", "buy", "stare"]
    rows = pa.table({name: [text] * 3 for name, text in REQUIRED.items()} | {"action": actions})
    of_actions = converted(connection, EVENTS, rows, "action", mapping)
    domains = converted(connection, EVENTS, rows, "domain", mapping)
    assert [problem for _, problem in of_actions] == [False, False, True]
    assert [domain for domain, _ in domains][:2] == ["content", "commerce"]


@pytest.mark.parametrize(
    ("columns", "options"),
    [
        ({"category_path": ["Pets > Cats >  Beds "]}, []),
        ({"category_path": [["Pets", "Cats", None, "Beds"]]}, []),
        ({"a": ["Pets"], "b": ["Cats"], "c": ["Beds"]}, ["category_path=a+b+c"]),
    ],
)
def test_categories_come_from_a_text_a_list_or_several_columns(
    connection: duckdb.DuckDBPyConnection, columns: dict[str, list[Any]], options: list[str]
) -> None:
    rows = pa.table({"object_id": ["p1"], "domain": ["commerce"], "title": ["Bed"], **columns})
    mapping = parse_mapping(columns=options, rules=RULES)
    path = converted(connection, OBJECTS, rows, "category_path", mapping)
    assert path == [(["Pets", "Cats", "Beds"], False)]


@pytest.mark.parametrize(
    ("columns", "options"),
    [
        ({"attributes": [["color=black", "size=5"]]}, []),
        ({"color": [" black "], "size": [5], "material": [""]}, ["attributes=color+size+material"]),
    ],
)
def test_attributes_come_from_a_list_or_from_columns_of_their_names(
    connection: duckdb.DuckDBPyConnection, columns: dict[str, list[Any]], options: list[str]
) -> None:
    rows = pa.table({"object_id": ["p1"], "domain": ["commerce"], "title": ["Bed"], **columns})
    mapping = parse_mapping(columns=options, rules=RULES)
    attributes = converted(connection, OBJECTS, rows, "attributes", mapping)
    assert attributes == [(["color=black", "size=5"], False)]


def test_a_text_of_attributes_is_refused(connection: duckdb.DuckDBPyConnection) -> None:
    columns = {"object_id": ["p1"], "domain": ["commerce"], "title": ["Bed"], "attributes": ["color=black"]}
    with pytest.raises(AirloomError, match=r"must be a list of texts.*--map attributes=color\+material"):
        converted(connection, OBJECTS, pa.table(columns), "attributes", RULES)


def test_an_unknown_title_is_the_empty_text(connection: duckdb.DuckDBPyConnection) -> None:
    title = pa.array([None], pa.string())
    rows = pa.table({"object_id": ["p1"], "domain": ["commerce"], "title": title})
    assert converted(connection, OBJECTS, rows, "title", RULES) == [("", False)]


def test_a_column_without_any_value_is_missing_whatever_its_type(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    columns = {name: [text] for name, text in REQUIRED.items()}
    rows = pa.table(columns | {name: pa.nulls(1) for name in ("request_id", "quantity")})
    assert converted(connection, EVENTS, rows, "request_id", RULES) == [(None, False)]
    assert converted(connection, EVENTS, rows, "quantity", RULES) == [(None, False)]


@pytest.mark.parametrize("options", [{}, {"columns": ["objects.domain=kind"]}])
def test_one_value_for_all_rows_never_replaces_a_column(
    connection: duckdb.DuckDBPyConnection, options: dict[str, list[str]]
) -> None:
    rows = pa.table({"object_id": ["p1"], "title": ["Bed"], "domain": ["commerce"], "kind": ["commerce"]})
    mapping = parse_mapping(constants=["domain=content"], **options, rules=RULES)
    with pytest.raises(
        AirloomError, match=r"--set domain=content would replace column (domain|kind) of file"
    ):
        converted(connection, OBJECTS, rows, "domain", mapping)


def test_an_integer_id_becomes_its_digits(connection: duckdb.DuckDBPyConnection) -> None:
    columns = {name: [text] for name, text in REQUIRED.items()} | {"user_id": [9_007_199_254_740_993]}
    assert converted(connection, EVENTS, pa.table(columns), "user_id", RULES) == [("9007199254740993", False)]


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"user_id": [1.5]}, "column user_id is DOUBLE and user_id must be text"),
        ({"user_id": [b"u"]}, "column user_id is BLOB and user_id must be text. Write user_id as text."),
        ({"quantity": [True]}, "column quantity is BOOLEAN and quantity must be a number"),
        ({"ts": [1_773_568_800]}, "--time-unit ms"),
        ({"ts": [1_773_568_800.5]}, "whole numbers since 1970"),
        ({"ts": [datetime(2026, 3, 15)]}, "--time-zone"),  # noqa: DTZ001 - that is the case
        ({"ts": [datetime(2026, 3, 15).date()]}, "a day has no order of events"),  # noqa: DTZ001
    ],
)
def test_a_type_without_a_rule_is_refused_with_what_to_do(
    connection: duckdb.DuckDBPyConnection, columns: dict[str, list[Any]], sentence: str
) -> None:
    rows = pa.table({name: [text] for name, text in REQUIRED.items()} | columns)
    with pytest.raises(AirloomError) as error:
        converted(connection, EVENTS, rows, "ts", RULES)
    assert sentence in str(error.value)


def test_a_file_without_a_header_is_not_quoted(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text(
        "u4711,2026-03-01T12:00:00Z,view,v1\nu4712,2026-03-01T12:00:00Z,view,v1\n"
    )
    source = read_source(connection, tmp_path / "events.csv", relation="raw")
    with pytest.raises(AirloomError, match="its first line names no column that is expected") as error:
        conversions(EVENTS, source, RULES)
    assert "u4711" not in str(error.value)


def test_a_missing_column_is_named_with_those_that_are_there(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    pq.write_table(pa.table({"uid": ["u"], "quantity": [1]}), tmp_path / "events.parquet")
    source = read_source(connection, tmp_path / "events.parquet", relation="raw")
    with pytest.raises(AirloomError, match=r"has nothing for user_id, ts, action, object_id of events \(it"):
        conversions(EVENTS, source, RULES)


@given(name=st.text(min_size=1, max_size=12).filter(lambda text: "\0" not in text))
@settings(max_examples=40, deadline=None)
def test_a_value_of_the_mapping_is_never_taken_for_sql(name: str) -> None:
    columns = {key: [text] for key, text in REQUIRED.items()} | {"action": [name]}
    with duckdb.connect() as connection:
        mapping = ImportMapping(actions={name: "view"})
        assert converted(connection, EVENTS, pa.table(columns), "action", mapping) == [("view", False)]


def test_every_row_of_a_file_of_orders_may_be_given_its_action(connection: duckdb.DuckDBPyConnection) -> None:
    rows = pa.table({name: [text] for name, text in REQUIRED.items() if name not in {"action", "domain"}})
    orders = parse_mapping(constants=["action=order"], rules=RULES)
    assert converted(connection, EVENTS, rows, "action", orders) == [("order", False)]
    assert converted(connection, EVENTS, rows, "domain", orders) == [("commerce", False)]
    with pytest.raises(AirloomError, match="bought is no action of the log contract"):
        converted(connection, EVENTS, rows, "action", parse_mapping(constants=["action=bought"], rules=RULES))
