"""The causes of reasons, and what each of them says."""

from __future__ import annotations

from airloom.causes import Cause
from docs.generator.table import code, table


def causes_reference() -> str:
    """Return the table of the causes."""
    return table(["Cause", "Meaning"], [[code(cause), cause.meaning] for cause in Cause])
