"""The SQL of times: with the zone that they name or the one that is given, and in the unit that is given."""

from __future__ import annotations

from datetime import date
from typing import Final

from airloom.errors import AirloomError
from airloom.logs.import_tables.conversion import INTEGERS, Conversion, FileColumn, literal
from airloom.logs.import_tables.mapping import MICROS_PER_UNIT
from airloom.timestamps import MICROS_PER_DAY, days_since_epoch

FIRST_YEAR: Final = 1980
LAST_YEAR: Final = 2199
"""A time outside these years is a wrong unit, not a time."""
_FIRST_MICROS: Final = days_since_epoch(date(FIRST_YEAR, 1, 1)) * MICROS_PER_DAY
_LAST_MICROS: Final = days_since_epoch(date(LAST_YEAR, 12, 31)) * MICROS_PER_DAY


def time_conversion(column: FileColumn) -> Conversion:
    """Return the conversion of a column of times.

    Raises:
        AirloomError: Its type, unit or zone could only be guessed.
    """
    mapping = column.mapping
    if column.type == "TIMESTAMP WITH TIME ZONE":
        return Conversion(column.name, column.sources, column.sql, "false", "a time")
    if column.type.startswith("TIMESTAMP"):
        finer = f"epoch_ns({column.sql}) % 1000 <> 0" if column.type == "TIMESTAMP_NS" else "false"
        value = f"CASE WHEN NOT ({finer}) THEN {_in_zone(f'CAST({column.sql} AS TIMESTAMP)', column)} END"
        problem = f"{column.sql} IS NOT NULL AND {value} IS NULL"
        rule = f"a time of {column.mapping.time_zone} that there is, in microseconds"
        return Conversion(column.name, column.sources, value, problem, rule)
    if mapping.time_unit is not None and (column.type == "VARCHAR" or column.type in INTEGERS):
        # a double holds microseconds of this range exactly
        micros = f"round(TRY_CAST({column.sql} AS DOUBLE) * {MICROS_PER_UNIT[mapping.time_unit]})"
        in_range = f"coalesce({micros} BETWEEN {_FIRST_MICROS} AND {_LAST_MICROS}, false)"
        return Conversion(
            column.name,
            column.sources,
            f"CASE WHEN {in_range} THEN make_timestamptz(CAST({micros} AS BIGINT)) END",
            f"{column.sql} IS NOT NULL AND NOT {in_range}",
            f"a time between {FIRST_YEAR} and {LAST_YEAR} in {mapping.time_unit} since 1970 (--time-unit)",
        )
    if column.type != "VARCHAR":
        do = (
            "Say what the numbers are, for example with --time-unit ms"
            if column.type in INTEGERS
            else ("Deliver times with an hour: a day has no order of events")
        )
        raise column.refuse("a time", do)
    return _written_time(column)


def _written_time(column: FileColumn) -> Conversion:
    """Return the conversion of a time in text: by the offset that it names, else by the mapping's zone."""
    text, mapping = f"trim({column.sql})", column.mapping
    with_offset = rf"regexp_matches({text}, '\d{{2}}:\d{{2}}.*(Z|z|[+-]\d{{2}}(:?\d{{2}})?)$')"
    if mapping.time_format is not None:
        local = f"try_strptime({text}, {literal(mapping.time_format)})"
        value = f"CAST({local} AS TIMESTAMPTZ)" if "%z" in mapping.time_format else _in_zone(local, column)
        rule = f"written as {mapping.time_format} (--time-format)"
    else:
        finer = rf"regexp_matches({text}, '\.\d{{6}}\d*[1-9]')"
        has_hour = rf"regexp_matches({text}, '\d{{2}}:\d{{2}}')"
        local = f"CASE WHEN {has_hour} THEN TRY_CAST({text} AS TIMESTAMP) END"
        in_zone = "NULL::TIMESTAMPTZ" if mapping.time_zone is None else _in_zone(local, column)
        offset = f"WHEN {with_offset} THEN TRY_CAST({text} AS TIMESTAMPTZ)"
        value = f"CASE WHEN {finer} THEN NULL {offset} ELSE {in_zone} END"
        rule = "an ISO 8601 time of day, with an offset" + (
            "; without one, say the zone with --time-zone"
            if mapping.time_zone is None
            else f" or in {mapping.time_zone}"
        )
    in_range = f"coalesce(year({value}) BETWEEN {FIRST_YEAR} AND {LAST_YEAR}, false)"
    return Conversion(
        column.name,
        column.sources,
        f"CASE WHEN {in_range} THEN {value} END",
        f"{column.sql} IS NOT NULL AND NOT {in_range}",
        rule,
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
