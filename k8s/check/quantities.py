"""Amounts as Kubernetes writes them: `100m`, `1.5`, `512Mi`, `20G`."""

from __future__ import annotations

import re
from decimal import Decimal

_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {
    unit: Decimal(1024**power) for power, unit in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), start=1)
}


def quantity(text: object) -> Decimal | None:
    """Parse a quantity; return None if `text` is not one, such as a placeholder for a parameter."""
    parts = re.fullmatch(r"([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)([a-zA-Z]{0,2})", str(text))
    if parts is None:
        return None
    number, unit = Decimal(parts[1]), parts[2]
    if unit in _BINARY:
        return number * _BINARY[unit]
    return number.scaleb(_DECIMAL[unit]) if unit in _DECIMAL else None
