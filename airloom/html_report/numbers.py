"""Numbers as people read them."""

from __future__ import annotations

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
