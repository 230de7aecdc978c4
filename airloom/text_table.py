"""Tables as a terminal shows them."""

from __future__ import annotations

from collections.abc import Sequence


def aligned(columns: Sequence[Sequence[str]]) -> str:
    """Return columns of equally many cells as lines, each column as wide as its widest cell.

    >>> print(aligned([["model", "air"], ["HR@10", "0.229"]]))
    model  HR@10
    air    0.229
    """
    widths = [max(map(len, column)) for column in columns]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in zip(*columns, strict=True)
    ]
    return "\n".join(lines)
