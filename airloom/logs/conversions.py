"""Which types of a delivered column are converted to that of the contract, and why others are refused.

A conversion that would have to guess (a unit, a time zone, a decimal sign) is refused, and so is one of ids
that may have been changed already. The whole list, with examples: docs/reference/log-contract.md.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as dtypes

from airloom.timestamps import likely_unit

_ARROW_UNITS: Final = {"seconds": "s", "milliseconds": "ms", "microseconds": "us", "nanoseconds": "ns"}


class Refusal(NamedTuple):
    """Why a column is not converted.

    Attributes:
        reason: A clause.
        do: What the reader can do, a sentence without its full stop.
    """

    reason: str
    do: str


_NO_CONVERSION: Final = Refusal(
    "there is no conversion", "Deliver the type of the contract (docs/reference/log-contract.md)"
)
_ID: Final = Refusal(
    "as a number, an id may have lost leading zeros or its last digits, so it is not made a text",
    "Deliver the text that the platform knows it by; with pandas, read it with dtype=str",
)
_NO_ZONE: Final = Refusal(
    "it has no time zone, and none is guessed",
    "Give it one where the file is written; of times that are UTC, with PyArrow: "
    "column.cast(pa.timestamp('us', tz='UTC'))",
)
_DAYS: Final = Refusal(
    "it has days only, and no time of day is guessed",
    "Deliver the time; where the source knows only the day, choose one yourself, such as midnight UTC",
)
_TEXT_NUMBER: Final = Refusal(
    "a text may have a decimal comma or a thousands separator, and neither is guessed",
    "Convert it to a number where the file is written",
)
_TEXT_TIME: Final = Refusal(
    "a text is no ISO 8601 with its offset",
    "Write every time like 2026-03-01T12:00:00Z or 2026-03-01T13:00:00+01:00, or deliver timestamps",
)
_FINER: Final = Refusal(
    "a time is finer than microseconds",
    "Cut it off where the file is written; with PyArrow: "
    "column.cast(pa.timestamp('us', tz='UTC'), safe=False)",
)
_CHANGED: Final = Refusal(
    "a number would change", "Deliver whole numbers where the contract has int64, and nulls instead of NaN"
)


def refusal(column: pa.ChunkedArray, wanted: pa.DataType) -> Refusal | None:
    """Return why a column of this type is not converted; None if it is, as far as its values allow."""
    dtype = column.type.value_type if dtypes.is_dictionary(column.type) else column.type
    if dtype == wanted or dtypes.is_null(dtype):
        return None
    if dtypes.is_string(wanted):
        return _for_text(dtype)
    if dtypes.is_timestamp(wanted):
        return _for_time(column, dtype)
    if dtypes.is_integer(wanted) or dtypes.is_floating(wanted):
        return None if _is_number(dtype) else _TEXT_NUMBER if _is_text(dtype) else _NO_CONVERSION
    if dtypes.is_list(wanted) and _is_list(dtype):
        return refusal(_flat(column), wanted.value_type)
    return _NO_CONVERSION


def refusal_of_values(dtype: pa.DataType, wanted: pa.DataType) -> Refusal:
    """Return why a conversion failed that the types allow; the library's message may hold a value."""
    if dtypes.is_timestamp(wanted):
        return _FINER if dtypes.is_timestamp(dtype) else _TEXT_TIME
    return _CHANGED


def _for_text(dtype: pa.DataType) -> Refusal | None:
    if _is_text(dtype) or _is_binary(dtype):
        return None
    return _ID if _is_number(dtype) else _NO_CONVERSION


def _for_time(column: pa.ChunkedArray, dtype: pa.DataType) -> Refusal | None:
    if dtypes.is_timestamp(dtype):
        return None if dtype.tz else _NO_ZONE
    if dtypes.is_date(dtype):
        return _DAYS
    if _is_number(dtype):
        return _unit(column)
    return None if _is_text(dtype) else _NO_CONVERSION


def _unit(numbers: pa.ChunkedArray) -> Refusal:
    latest = pc.max(numbers).as_py()
    unit = None if latest is None else likely_unit(float(latest))
    if unit is None:
        return Refusal("the numbers are no time since 1970", "Deliver timestamps with the time zone UTC")
    return Refusal(
        f"the numbers look like {unit} since 1970, but a unit is not guessed",
        "Convert them where the file is written; with PyArrow, of whole numbers: "
        f"column.cast(pa.timestamp('{_ARROW_UNITS[unit]}', tz='UTC'))",
    )


def _is_text(dtype: pa.DataType) -> bool:
    return any(test(dtype) for test in (dtypes.is_string, dtypes.is_large_string, dtypes.is_string_view))


def _is_binary(dtype: pa.DataType) -> bool:
    return any(test(dtype) for test in (dtypes.is_binary, dtypes.is_large_binary, dtypes.is_binary_view))


def _is_number(dtype: pa.DataType) -> bool:
    return any(test(dtype) for test in (dtypes.is_integer, dtypes.is_floating, dtypes.is_decimal))


def _is_list(dtype: pa.DataType) -> bool:
    return any(test(dtype) for test in (dtypes.is_list, dtypes.is_large_list, dtypes.is_fixed_size_list))


def _flat(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pa.chunked_array([chunk.flatten() for chunk in column.chunks], type=column.type.value_type)
