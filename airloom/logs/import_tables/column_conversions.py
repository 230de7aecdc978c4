"""The rules that turn a file's columns into a table's, and name what could only be guessed.

A value is converted by a stated rule or it is a problem: nothing is rounded or cut.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pyarrow as pa

from airloom.errors import AirloomError
from airloom.logs.contract import (
    COMMERCE,
    COMMERCE_ACTIONS,
    CONTENT,
    CONTENT_ACTIONS,
    EVENTS,
    OBJECTS,
    TIMESTAMP,
    Table,
)
from airloom.logs.import_tables.conversion import (
    EMPTY,
    INTEGERS,
    SQL_TYPES,
    Conversion,
    FileColumn,
    literal,
    quoted,
)
from airloom.logs.import_tables.mapping import DAY, LEFT_OUT, ImportMapping, columns_of
from airloom.logs.import_tables.source import SourceFile
from airloom.logs.import_tables.time_conversion import LAST_YEAR, time_conversion

FLOATS: Final = frozenset({"FLOAT", "DOUBLE"})
"""DuckDB's types of floating-point numbers."""
_NUMBER: Final = r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*"


def conversions(table: Table, source: SourceFile, mapping: ImportMapping) -> list[Conversion]:
    """Return the conversion of every column of `table` that the file or the mapping fills.

    Raises:
        AirloomError: A mapped column is not in the file, a required one is missing, or a type has no rule.
    """
    _check_columns(table, source, mapping)
    converted = []
    for name in columns_of(table):
        sources = mapping.sources(table, name, present=source.types)
        constant = mapping.of(table).constants.get(name)
        if constant is not None:
            converted.append(_of_constant(table, name, constant))
        elif [source.types.get(column) for column in sources] == [EMPTY]:
            kind = "DATE" if name == DAY else SQL_TYPES[table.schema.field(name).type]
            converted.append(Conversion(name, sources, f"CAST(NULL AS {kind})", "false", "given"))
        elif all(column in source.types for column in sources):
            convert = _RULES[_kind(table, name)]
            converted.append(convert(FileColumn(table, name, sources, source, mapping)))
    by_name = {column.name: column for column in converted}
    if table is EVENTS and "domain" not in by_name:
        converted.append(_domain_of(by_name["action"]))
    return converted


def _text(column: FileColumn) -> Conversion:
    if column.name == "action":
        return _action(column)
    if column.type in INTEGERS or column.type == "VARCHAR":  # an integer has one decimal form
        value = f"CAST({column.sql} AS VARCHAR)"
    else:
        exact = ": a float has no exact form" if column.type in FLOATS else ""
        raise column.refuse("text", f"Write {column.name} as text{exact}")
    if column.name == "title":
        value = f"coalesce({value}, '')"
    return Conversion(column.name, column.sources, value, "false", "text")


def _action(column: FileColumn) -> Conversion:
    names = column.mapping.actions
    value = f"CAST({column.sql} AS VARCHAR)"
    if names:
        cases = " ".join(f"WHEN {literal(theirs)} THEN {literal(ours)}" for theirs, ours in names.items())
        value = f"CASE {value} {cases} ELSE {value} END"
    known = ", ".join(literal(action) for action in (*CONTENT_ACTIONS, *COMMERCE_ACTIONS, LEFT_OUT))
    return Conversion(
        column.name,
        column.sources,
        value,
        f"{value} NOT IN ({known})",
        f"one of {', '.join((*CONTENT_ACTIONS, *COMMERCE_ACTIONS))}; name it with --action theirs=ours",
    )


def _domain_of(action: Conversion) -> Conversion:
    of_content = ", ".join(literal(action) for action in CONTENT_ACTIONS)
    value = f"CASE WHEN {action.value} IN ({of_content}) THEN {literal(CONTENT)} ELSE {literal(COMMERCE)} END"
    return Conversion("domain", (), value, "false", "that of its action")


def _number(column: FileColumn) -> Conversion:
    factor = column.mapping.of(column.table).scales.get(column.name)
    number = f"TRY_CAST({column.sql} AS DOUBLE)"
    if column.type == "VARCHAR":  # DuckDB also reads 1_000
        number = f"CASE WHEN regexp_full_match({column.sql}, {literal(_NUMBER)}) THEN {number} END"
    elif column.type not in INTEGERS | FLOATS and not column.type.startswith("DECIMAL"):
        raise column.refuse("a number", "Write it as a number, or as text with a decimal point")
    if factor is not None:
        number = f"({number} {_times(factor)})"
    problem = f"{column.sql} IS NOT NULL AND NOT coalesce(isfinite({number}), false)"
    return Conversion(column.name, column.sources, number, problem, "a number with a decimal point")


def _times(factor: float) -> str:
    """Return the SQL of a multiplication: 1999 cents are 19.99, which only the division by 100 gives."""
    inverse = round(1 / factor)
    return f"/ {inverse}.0" if factor < 1 and 1 / inverse == factor else f"* {factor!r}"


def _integer(column: FileColumn) -> Conversion:
    number = _number(column)
    whole = f"coalesce({number.value} = floor({number.value}) AND abs({number.value}) < 9e15, false)"
    return Conversion(
        column.name,
        column.sources,
        f"CASE WHEN {whole} THEN CAST({number.value} AS BIGINT) END",
        f"{column.sql} IS NOT NULL AND NOT {whole}",
        "a whole number",
    )


def _categories(column: FileColumn) -> Conversion:
    if len(column.sources) > 1:
        parts = f"list_value({', '.join(f'CAST({quoted(name)} AS VARCHAR)' for name in column.sources)})"
    elif column.type == "VARCHAR":
        parts = f"string_split({column.sql}, {literal(column.mapping.category_separator)})"
    elif column.type == "VARCHAR[]":
        parts = column.sql
    else:
        raise column.refuse(
            "a list of texts", "Write the categories as a list, or as one text with a separator"
        )
    trimmed = f"list_transform({parts}, lambda part: trim(part))"
    value = f"list_filter({trimmed}, lambda part: part IS NOT NULL AND part <> '')"
    return Conversion(column.name, column.sources, value, "false", "categories from general to specific")


def _attributes(column: FileColumn) -> Conversion:
    """Return a list as it is; of other columns each is an attribute of its own name."""
    if len(column.sources) == 1 and column.type == "VARCHAR[]":
        return Conversion(column.name, column.sources, column.sql, "false", "a list of name=value")
    if column.name in column.sources:
        raise column.refuse(
            "a list of texts such as color=black",
            "Write it as a list in Parquet, or map one column an attribute: --map attributes=color+material",
        )
    named = (
        f"{literal(name)} || '=' || nullif(trim(CAST({quoted(name)} AS VARCHAR)), '')"
        for name in column.sources
    )
    value = f"list_filter(list_value({', '.join(named)}), lambda text: text IS NOT NULL)"
    return Conversion(column.name, column.sources, value, "false", "attributes, one a column")


def _day(column: FileColumn) -> Conversion:
    if column.type == "DATE":
        is_day = f"coalesce(year({column.sql}) BETWEEN 1 AND {LAST_YEAR}, false)"  # a day may be infinite
        value = f"CASE WHEN {is_day} THEN {column.sql} END"
        problem = f"{column.sql} IS NOT NULL AND NOT {is_day}"
        return Conversion(column.name, column.sources, value, problem, f"a day before {LAST_YEAR + 1}")
    if column.type != "VARCHAR":
        raise column.refuse("a day", "Write it as YYYY-MM-DD")
    value = f"CAST(try_strptime(trim({column.sql}), '%Y-%m-%d') AS DATE)"
    problem = f"{column.sql} IS NOT NULL AND {value} IS NULL"
    return Conversion(column.name, column.sources, value, problem, "a day, YYYY-MM-DD")


def _of_constant(table: Table, name: str, constant: str) -> Conversion:
    kind, known = _kind(table, name), _KNOWN.get(name)
    if known is not None and constant not in known:
        raise AirloomError(
            f"--set {name}={constant}: {constant} is no {name} of the log contract",
            do=f"Choose among {', '.join(known)}",
        )
    if kind == "text":
        return Conversion(name, (), literal(constant), "false", "text")
    if kind == "day":
        return Conversion(name, (), f"CAST({literal(constant)} AS DATE)", "false", "a day, YYYY-MM-DD")
    raise AirloomError(
        f"--set {name}={constant}: only texts and the day of objects and users can be the same in every row",
        do="Write the column into the file",
    )


def _kind(table: Table, name: str) -> str:
    if name == DAY:
        return "day"
    if table is OBJECTS and name == "attributes":
        return "attributes"
    return _KINDS[table.schema.field(name).type]


_KNOWN: Final = {"action": (*CONTENT_ACTIONS, *COMMERCE_ACTIONS), "domain": (CONTENT, COMMERCE)}
_KINDS: Final[dict[pa.DataType, str]] = {
    pa.string(): "text",
    pa.float64(): "number",
    pa.int64(): "integer",
    TIMESTAMP: "time",
    pa.list_(pa.string()): "categories",
}
_RULES: Final[dict[str, Callable[[FileColumn], Conversion]]] = {
    "text": _text,
    "number": _number,
    "integer": _integer,
    "time": time_conversion,
    "categories": _categories,
    "attributes": _attributes,
    "day": _day,
}


def _check_columns(table: Table, source: SourceFile, mapping: ImportMapping) -> None:
    of_table = mapping.of(table)
    expected = {*table.schema.names, *(name for names in of_table.columns.values() for name in names)}
    expected |= {name for names in mapping.columns.values() for name in names}
    # a file without a header has values in its place, perhaps of users
    has_header = bool(expected & set(source.types))
    has = (
        f"it has {', '.join(source.types)}"
        if has_header
        else "its first line names no column that is expected"
    )
    for name, sources in of_table.columns.items():
        absent = [column for column in sources if column not in source.types]
        if absent:
            raise AirloomError(
                f"{source.file} has no column {', '.join(absent)} for {table.name}.{name} ({has})",
                do=f"Map another one: --map {table.name}.{name}=COLUMN",
            )
        if len(sources) > 1 and _kind(table, name) not in ("categories", "attributes"):
            raise AirloomError(f"{name} is one column, not {'+'.join(sources)}", do="Map one column to it")
    for name, constant in of_table.constants.items():
        sources = mapping.sources(table, name, present=source.types)
        if set(sources) <= set(source.types):
            raise AirloomError(
                f"--set {name}={constant} would replace column {'+'.join(sources)} of {source.file}",
                do="Leave it out, or rename that column; for another table alone, put its name before the "
                "column, as in --set objects.currency=EUR",
            )
    missing = [
        name
        for name in table.required
        if name not in of_table.constants
        and not set(mapping.sources(table, name, present=source.types)) <= set(source.types)
        and not (table is EVENTS and name == "domain")  # follows from the action
    ]
    if missing:
        raise AirloomError(
            f"{source.file} has nothing for {', '.join(missing)} of {table.name} ({has})",
            do=f"Name its column: --map {missing[0]}=COLUMN, or a value for all: --set {missing[0]}=VALUE",
        )
