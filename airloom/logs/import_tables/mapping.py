"""How the columns and values of a file become those of a table of the log contract."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Final, Literal
from zoneinfo import available_timezones

import pyarrow as pa

from airloom.errors import AirloomError
from airloom.logs.contract import ACTIONS, EVENTS, OBJECTS, USERS, Table
from airloom.logs.run_day import parse_day

TABLES: Final = (OBJECTS, USERS, EVENTS)
"""The tables that can be imported; exposures are written by the service."""
DAY: Final = "dt"
"""The day on which a row of objects or users becomes known: a column of the file, or the first event's."""
_TYPES: Final = {table.name: table.schema for table in TABLES}
LEFT_OUT: Final = "\N{NULL}left out"
"""The action of rows that are left out: a text that no file can hold."""
TimeUnit = Literal["s", "ms", "us"]
MICROS_PER_UNIT: Final[dict[str, int]] = {"s": 1_000_000, "ms": 1_000, "us": 1}


@dataclass(frozen=True)
class TableMapping:
    """The mapping of one table.

    Attributes:
        columns: The file's columns of a column of the table; several make a list (`category_path`,
            `attributes`).
        constants: The value of every row in a column that the file does not have.
        scales: What the numbers of a column are multiplied with, such as 0.001 for milliseconds.
    """

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    scales: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class ImportMapping:
    """The mapping of all tables, and the rules that they share.

    Attributes:
        tables: By the name of the table.
        columns: The file's columns of a column of any table, in whichever file has them.
        actions: Our action of an action of the file; `LEFT_OUT` where its rows are left out.
        time_unit: The unit of times that are numbers since 1970 UTC; None if none is expected.
        time_zone: The zone of times that do not name one; None if none is expected.
        time_format: How times that are not ISO 8601 are written, as for `strptime`; None if they are.
        category_separator: What divides the categories of a path in one column.
    """

    tables: Mapping[str, TableMapping] = field(default_factory=dict)
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    actions: Mapping[str, str] = field(default_factory=dict)
    time_unit: TimeUnit | None = None
    time_zone: str | None = None
    time_format: str | None = None
    category_separator: str = " > "

    def __post_init__(self) -> None:
        if self.time_zone is not None and self.time_zone not in available_timezones():
            close = get_close_matches(self.time_zone, available_timezones(), n=1)
            raise AirloomError(
                f"There is no time zone {self.time_zone}",
                do=f"Use a name such as {close[0] if close else 'Europe/Berlin'}, or UTC",
            )
        unknown = {ours for ours in self.actions.values() if ours not in (*ACTIONS, LEFT_OUT)}
        if unknown:
            raise AirloomError(
                f"{', '.join(sorted(unknown))} is no action of the log contract",
                do=f"Choose among {', '.join(ACTIONS)}; an empty one, as in search=, leaves its rows out",
            )
        if self.time_format is not None:
            _check_format(self.time_format)
            if self.time_unit is not None:
                raise AirloomError(
                    f"--time-unit {self.time_unit} and --time-format {self.time_format} exclude each other",
                    do="Give --time-unit if times are numbers since 1970, else --time-format",
                )
        if not self.category_separator:
            raise AirloomError("The category separator is empty", do="Give the text between two categories")

    def of(self, table: Table) -> TableMapping:
        """Return the mapping of one table."""
        return self.tables.get(table.name, TableMapping())

    def sources(self, table: Table, name: str, *, present: Collection[str]) -> tuple[str, ...]:
        """Return the file's columns that fill a column: the mapped ones, else the one of the same name.

        Args:
            table: The table that is filled.
            name: Its column.
            present: The file's columns.
        """
        of_table = self.of(table).columns
        if name in of_table:
            return of_table[name]
        anywhere = self.columns.get(name, ())
        return anywhere if anywhere and all(column in present for column in anywhere) else (name,)


def parse_mapping(
    *,
    columns: Iterable[str] = (),
    constants: Iterable[str] = (),
    scales: Iterable[str] = (),
    actions: Iterable[str] = (),
    rules: ImportMapping,
) -> ImportMapping:
    """Return `rules` with the mappings that the command line gives as texts.

    A text is `name=value`, or several divided by commas. A name may begin with its table (`events.ts=time`);
    without one it holds for every file that has the columns.

    Args:
        columns: `ours=theirs`; `ours=a+b+c` makes a list of several columns.
        constants: `ours=value`.
        scales: `ours=factor`.
        actions: `theirs=ours`.
        rules: Everything else.

    Raises:
        AirloomError: A text has no `=`, no table has the column, or a factor is no number.

    Examples:
        >>> rules = ImportMapping(time_unit="ms")
        >>> mapping = parse_mapping(columns=["user_id=uid,objects.title=name"], rules=rules)
        >>> mapping.columns, mapping.tables["objects"].columns
        ({'user_id': ('uid',)}, {'title': ('name',)})
    """
    by_table: dict[str, tuple[dict[str, tuple[str, ...]], dict[str, str], dict[str, float]]] = {
        table.name: ({}, {}, {}) for table in TABLES
    }
    anywhere: dict[str, tuple[str, ...]] = {}
    for name, value in _pairs(columns, what="map"):
        named = _columns_named(name)
        if "." in name:
            ((table, column),) = named
            by_table[table][0][column] = tuple(value.split("+"))
        else:
            anywhere[name] = tuple(value.split("+"))
    for name, value in _pairs(constants, what="set"):
        for table, column in _columns_named(name):
            if (table, column) == (EVENTS.name, "domain"):
                if "." in name:
                    raise AirloomError(
                        f"--set {name}={value}: the domain of an event follows from its action",
                        do="Leave it out, or name the actions with --action",
                    )
            else:
                by_table[table][1][column] = value if column != DAY else str(parse_day(value))
    for name, value in _pairs(scales, what="scale"):
        for table, column in _columns_named(name):
            by_table[table][2][column] = _factor(name, value)
            if column == DAY or _TYPES[table].field(column).type not in (pa.float64(), pa.int64()):
                raise AirloomError(
                    f"--scale {name}={value}: {column} is no number",
                    do="Times have --time-unit; leave it out",
                )
    return replace(
        rules,
        tables={name: TableMapping(*mappings) for name, mappings in by_table.items()},
        columns=anywhere,
        actions={theirs: ours or LEFT_OUT for theirs, ours in _pairs(actions, what="action")},
    )


def format_codes(time_format: str) -> list[str]:
    """Return the codes of a form of times, without their percent signs.

    >>> format_codes("%d.%m.%Y 100%%z")
    ['d', 'm', 'Y', '%']
    """
    return re.findall("%(.)", time_format)


def _check_format(time_format: str) -> None:
    codes = set(format_codes(time_format))
    try:
        datetime.strptime(datetime(2026, 3, 15, 10, 30, tzinfo=UTC).strftime(time_format), time_format)  # noqa: DTZ007
    except ValueError as error:
        raise AirloomError(
            f"--time-format {time_format} is no form of a time ({error})",
            do="Use the codes of strptime, for example %d.%m.%Y %H:%M:%S",
        ) from error
    if "Z" in codes:
        raise AirloomError(
            f"--time-format {time_format} has %Z, the name of a zone, which several zones share",
            do="Write offsets, for %z; if all times name one zone, write that name in place of %Z and give "
            "--time-zone",
        )
    if not codes & {"H", "c", "X"} and not {"I", "p"} <= codes:
        raise AirloomError(
            f"--time-format {time_format} has no hour of the day: %H, or %I with %p",
            do="Deliver times with an hour: a day has no order of events",
        )


def _pairs(texts: Iterable[str], *, what: str) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for text in (part.strip() for given in texts for part in given.split(",")):
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise AirloomError(
                f"--{what} {text} is not name=value", do="For example: --map user_id=uid,ts=time"
            )
        if any(name.strip() == former for former, _ in pairs):
            raise AirloomError(f"--{what} {name.strip()} is given twice", do="Give it once")
        pairs.append((name.strip(), value.strip()))
    return pairs


def _columns_named(name: str) -> list[tuple[str, str]]:
    """Return the (table, column) pairs that a name of the command line means."""
    prefix, dot, column = name.rpartition(".")
    named = [
        (table.name, column)
        for table in TABLES
        if column in columns_of(table) and (not dot or table.name == prefix)
    ]
    if not named:
        known = sorted({column for table in TABLES for column in columns_of(table)})
        close = get_close_matches(column, known, n=1)
        raise AirloomError(
            f"No table of the log contract has a column {name}",
            do=f"The nearest is {close[0]}" if close else f"Choose among {', '.join(known)}",
        )
    return named


def columns_of(table: Table) -> tuple[str, ...]:
    """Return the columns that a file may fill: those of the table, and the day of objects and users."""
    return (*table.schema.names, *(() if table is EVENTS else (DAY,)))


def _factor(name: str, value: str) -> float:
    try:
        factor = float(value)
    except ValueError:
        factor = 0.0
    if not 0 < factor < float("inf"):
        raise AirloomError(
            f"--scale {name}={value} is no factor", do="Give a number, such as unit_price=0.01"
        )
    return factor
