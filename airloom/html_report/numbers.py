"""Numbers and days as people read them."""

from __future__ import annotations

from datetime import date

MINUS = "−"


def format_number(value: float, *, digits: int = 4) -> str:
    """Return `digits` significant digits with thousands separators, a dash for NaN.

    >>> format_number(98765.4), format_number(0.012345)
    ('98,765', '0.01235')
    """
    if value != value:  # noqa: PLR0124 - NaN is not itself
        return "–"
    if abs(value) >= 10 ** (digits - 1):
        return f"{value:,.0f}"
    return f"{value:.{digits}g}"


def format_percent(value: float, *, digits: int = 1, signed: bool = False) -> str:
    """Return a share as a percentage, with its sign if it is a change.

    >>> format_percent(0.1234), format_percent(-0.079, signed=True)
    ('12.3 %', '−7.9 %')
    """
    return f"{value:{'+' if signed else ''}.{digits}%}".replace("%", " %").replace("-", MINUS)


def format_duration(seconds: float) -> str:
    """Return a duration in minutes and seconds; below a minute, to a tenth of a second.

    >>> format_duration(63.0), format_duration(4.26)
    ('1 min 3 s', '4.3 s')
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"


def format_days(first: date, last: date) -> str:
    """Return the days from `first` to `last`, both included.

    >>> format_days(date(2026, 3, 14), date(2026, 3, 15))
    '14-15 March 2026'
    """
    end = f"{last.day} {last:%B} {last.year}"
    if first == last:
        return end
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}-{end}"
    start = f"{first.day} {first:%B}" if first.year == last.year else f"{first.day} {first:%B} {first.year}"
    return f"{start} to {end}"
