"""Cron expressions as robfig/cron v1.2.0 reads them, the version that KFP validates schedules with.

The first field is the second. The day of week may be left out, so a crontab line of five fields is
accepted and means something else than in a crontab: "30 1 * * *" is second 30 of minute 1 of every hour.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_DESCRIPTORS = {
    "@yearly": "0 0 0 1 1 *",
    "@annually": "0 0 0 1 1 *",
    "@monthly": "0 0 0 1 * *",
    "@weekly": "0 0 0 * * 0",
    "@daily": "0 0 0 * * *",
    "@midnight": "0 0 0 * * *",
    "@hourly": "0 0 * * * *",
}
_DURATION = re.compile(r"[-+]?(0|((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))+)")
_INTEGER = re.compile(r"[-+]?[0-9]+")


class _Bounds(NamedTuple):
    first: int
    last: int
    names: dict[str, int]


_FIELDS = (
    _Bounds(0, 59, {}),
    _Bounds(0, 59, {}),
    _Bounds(0, 23, {}),
    _Bounds(1, 31, {}),
    _Bounds(1, 12, {name: number for number, name in enumerate(_MONTHS, start=1)}),
    _Bounds(0, 6, {name: number for number, name in enumerate(_WEEKDAYS)}),
)


class CronFields(NamedTuple):
    """The values of each field."""

    second: frozenset[int]
    minute: frozenset[int]
    hour: frozenset[int]
    day_of_month: frozenset[int]
    month: frozenset[int]
    day_of_week: frozenset[int]


def parse_cron(expression: str) -> CronFields | None:
    """The fields of an expression; None for "@every <duration>", which has none.

    Raises:
        ValueError: robfig/cron refuses the expression.
    """
    if not expression:
        message = "Empty spec string"
        raise ValueError(message)
    if expression.startswith("@every "):
        if not _DURATION.fullmatch(expression.removeprefix("@every ")):
            message = f"Failed to parse duration {expression}"
            raise ValueError(message)
        return None
    if expression.startswith("@"):
        if expression not in _DESCRIPTORS:
            message = f"Unrecognized descriptor: {expression}"
            raise ValueError(message)
        return parse_cron(_DESCRIPTORS[expression])
    fields = expression.split()
    if not len(_FIELDS) - 1 <= len(fields) <= len(_FIELDS):
        message = f"Expected 5 to 6 fields, found {len(fields)}: {expression}"
        raise ValueError(message)
    if len(fields) < len(_FIELDS):
        fields.append("*")
    return CronFields(*(_field(field, bounds) for field, bounds in zip(fields, _FIELDS, strict=True)))


def _field(field: str, bounds: _Bounds) -> frozenset[int]:
    parts = [part for part in field.split(",") if part]
    return frozenset(value for part in parts for value in _range(part, bounds))


def _range(part: str, bounds: _Bounds) -> range:
    limits, *steps = part.split("/")
    low, *highs = limits.split("-")
    if low in {"*", "?"}:
        start, end = bounds.first, bounds.last
    elif len(highs) > 1:
        message = f"Too many hyphens: {part}"
        raise ValueError(message)
    else:
        start = _number(low, bounds.names)
        end = _number(highs[0], bounds.names) if highs else start
    if len(steps) > 1:
        message = f"Too many slashes: {part}"
        raise ValueError(message)
    step = _number(steps[0], {}) if steps else 1
    if steps and not highs:
        end = bounds.last
    if not bounds.first <= start <= end <= bounds.last:
        message = f"Range ({start}-{end}) outside ({bounds.first}-{bounds.last}): {part}"
        raise ValueError(message)
    if step == 0:
        message = f"Step of range should be a positive number: {part}"
        raise ValueError(message)
    return range(start, end + 1, step)


def _number(text: str, names: dict[str, int]) -> int:
    if text.lower() in names:
        return names[text.lower()]
    if not _INTEGER.fullmatch(text) or int(text) < 0:
        message = f"Failed to parse int from {text}"
        raise ValueError(message)
    return int(text)
