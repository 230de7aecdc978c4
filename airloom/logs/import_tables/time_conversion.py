"""The SQL of times: with the zone that they name or the one that is given, and in the unit that is given."""

from __future__ import annotations

from datetime import date
from typing import Final

from airloom.errors import AirloomError
from airloom.logs.import_tables.conversion import INTEGERS, Conversion, FileColumn, literal
from airloom.logs.import_tables.mapping import MICROS_PER_UNIT, TimeUnit, format_codes
from airloom.timestamps import MICROS_PER_DAY, days_since_epoch

FIRST_YEAR: Final = 1980
LAST_YEAR: Final = 2199
"""A time outside these years is a wrong unit, not a time."""
_FIRST_MICROS: Final = days_since_epoch(date(FIRST_YEAR, 1, 1)) * MICROS_PER_DAY
_LAST_MICROS: Final = days_since_epoch(date(LAST_YEAR, 12, 31)) * MICROS_PER_DAY
_WITH_ZONE: Final = frozenset({"TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS"})
_TYPED: Final = frozenset({*_WITH_ZONE, "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"})
"""DuckDB's types of a time."""
_DECIMALS: Final = {"s": 6, "ms": 3, "us": 0}
"""Decimals of a number that make microseconds, by its unit."""
_LOCAL: Final = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?"
_UTC: Final = "(Z|z|UTC|GMT)"
_OFFSET: Final = r"[+-](0\d|1[0-4])(:?[0-5]\d)?"


def time_conversion(column: FileColumn) -> Conversion:
    """Return the conversion of a column of times.

    Raises:
        AirloomError: Its type, unit or zone could only be guessed.
    """
    unit = column.mapping.time_unit
    if column.type in _TYPED:
        return _typed_time(column)
    if unit is not None and (column.type == "VARCHAR" or column.type in INTEGERS):
        return _counted_time(column, unit)
    if column.type != "VARCHAR":
        raise column.refuse("a time", _what_to_write(column.type))
    return _written_time(column)


def _typed_time(column: FileColumn) -> Conversion:
    """Return the conversion of a timestamp of Parquet, which may be infinite or finer than microseconds."""
    if column.type in _WITH_ZONE:
        value, rule = f"CAST({column.sql} AS TIMESTAMPTZ)", "a time"
    else:
        value = _in_zone(f"CAST({column.sql} AS TIMESTAMP)", column)
        rule = f"a time of {column.mapping.time_zone} that there is"
    is_whole = f" AND epoch_ns({column.sql}) % 1000 = 0" if column.type.endswith("_NS") else ""
    is_time = f"coalesce(year({value}) BETWEEN 1 AND {LAST_YEAR}{is_whole}, false)"
    return Conversion(
        column.name,
        column.sources,
        f"CASE WHEN {is_time} THEN {value} END",
        f"{column.sql} IS NOT NULL AND NOT {is_time}",
        f"{rule}, before {LAST_YEAR + 1} and in microseconds",
    )


def _what_to_write(kind: str) -> str:
    if kind in INTEGERS:
        return "Say what the numbers are, for example with --time-unit ms"
    if kind == "DATE":
        return "Deliver times with an hour: a day has no order of events"
    return "Write timestamps, or whole numbers since 1970 with --time-unit"


def _counted_time(column: FileColumn, unit: TimeUnit) -> Conversion:
    """Return the conversion of a number since 1970: without an exponent, which would hide rounded digits."""
    digits = f"^\\s*\\d+(\\.\\d{{0,{_DECIMALS[unit]}}}0*)?\\s*$"
    number = f"regexp_matches(CAST({column.sql} AS VARCHAR), {literal(digits)})"
    # a double holds microseconds of this range exactly
    micros = f"round(TRY_CAST({column.sql} AS DOUBLE) * {MICROS_PER_UNIT[unit]})"
    is_time = f"coalesce({number} AND {micros} BETWEEN {_FIRST_MICROS} AND {_LAST_MICROS}, false)"
    return Conversion(
        column.name,
        column.sources,
        f"CASE WHEN {is_time} THEN make_timestamptz(CAST({micros} AS BIGINT)) END",
        f"{column.sql} IS NOT NULL AND NOT {is_time}",
        f"a time between {FIRST_YEAR} and {LAST_YEAR} in {unit} since 1970 (--time-unit), "
        "all digits written and no finer than microseconds",
    )


def _written_time(column: FileColumn) -> Conversion:
    """Return the conversion of a time in text: by the form that is given, else as ISO 8601."""
    time_format = column.mapping.time_format
    if time_format is None:
        value, rule = _iso_time(column)
    else:
        local = f"try_strptime(trim({column.sql}), {literal(time_format)})"
        names_offset = "z" in format_codes(time_format)
        value = f"CAST({local} AS TIMESTAMPTZ)" if names_offset else _in_zone(local, column)
        rule = f"written as {time_format} (--time-format)"
    in_range = f"coalesce(year({value}) BETWEEN {FIRST_YEAR} AND {LAST_YEAR}, false)"
    return Conversion(
        column.name,
        column.sources,
        f"CASE WHEN {in_range} THEN {value} END",
        f"{column.sql} IS NOT NULL AND NOT {in_range}",
        rule,
    )


def _iso_time(column: FileColumn) -> tuple[str, str]:
    """Return the SQL of an ISO 8601 time, by its offset or else by the mapping's zone, and its rule.

    The whole text must have the form: DuckDB's casts overlook what follows, such as the name of a zone.
    """
    text, zone = f"trim({column.sql})", column.mapping.time_zone
    utc, offset = literal(f" ?{_UTC}$"), literal(f" ?({_OFFSET})$")
    with_offset = f"regexp_replace(regexp_replace({text}, {utc}, '+00'), {offset}, '\\1')"
    is_complete = f"regexp_full_match({text}, {literal(f'{_LOCAL} ?({_UTC}|{_OFFSET})')})"
    cases = [
        rf"WHEN regexp_matches({text}, '\.\d{{6}}\d*[1-9]') THEN NULL",  # finer than microseconds
        f"WHEN {is_complete} THEN TRY_CAST({with_offset} AS TIMESTAMPTZ)",
    ]
    if zone is not None:
        local = _in_zone(f"TRY_CAST({text} AS TIMESTAMP)", column)
        cases.append(f"WHEN regexp_full_match({text}, {literal(_LOCAL)}) THEN {local}")
    others = (
        "; without one, say the zone with --time-zone" if zone is None else f", or without a zone in {zone}"
    )
    return (
        f"CASE {' '.join(cases)} END",
        f"an ISO 8601 time of day with an offset, Z, UTC or GMT (other names of zones are not read){others}",
    )


def _in_zone(local: str, column: FileColumn) -> str:
    if column.mapping.time_zone is None:
        raise AirloomError(
            f"{column.source.file}: the times of {column.sources[0]} name no time zone",
            do="Say it with --time-zone, for example UTC or Europe/Berlin",
        )
    zone = literal(column.mapping.time_zone)
    in_zone = f"(({local}) AT TIME ZONE {zone})"
    # in the hour that a clock skips in spring there is no time: DuckDB would take the next one
    return f"CASE WHEN {in_zone} AT TIME ZONE {zone} = ({local}) THEN {in_zone} END"
