"""What became of proposed behaviors beyond the log: the rule that rejected each, or that it was kept."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from airloom.beyond_log.outcomes import OUTCOMES
from airloom.logs.lake import Lake
from components.monitor_drift.settings import DriftSettings

OUTCOME_COLUMN: Final = "behaviors: outcome"


def behavior_columns(
    lake: Lake, day: date, settings: DriftSettings
) -> tuple[dict[str, pa.Array], dict[str, pa.Array]]:
    """Return the outcomes of the day's proposals and of those of the reference, one row a proposal.

    Where neither side has any, there is no column: behaviors are not inferred by default.

    Args:
        lake: Holds the counts.
        day: The day.
        settings: Days of the reference, and the maximum of rows of a side: beyond it, shares are kept.
    """
    first = day - timedelta(days=settings.reference_days)
    current = lake.read(OUTCOMES, since=day, through=day)
    reference = lake.read(OUTCOMES, since=first, through=day - timedelta(days=1))
    if not len(current) and not len(reference):
        return {}, {}
    return (
        {OUTCOME_COLUMN: _proposals(current, settings.rows)},
        {OUTCOME_COLUMN: _proposals(reference, settings.rows)},
    )


def _proposals(counted: pa.Table, rows: int) -> pa.Array:
    """Return the outcome of each proposal, at most `rows` of them."""
    counts = counted["proposals"].to_numpy()
    shown = counts * min(1.0, rows / max(int(counts.sum()), 1))
    indices = np.repeat(np.arange(len(counts)), np.round(shown).astype(np.int64))
    return counted["outcome"].combine_chunks().take(pa.array(indices))
