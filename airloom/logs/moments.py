"""Moments as the logs have them: microseconds since 1970, UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def midnight(day: date) -> int:
    """Microseconds from 1970 to the beginning of a day, UTC."""
    return int(np.datetime64(day, "us").astype(np.int64))


def moment(microseconds: int) -> datetime:
    """The moment that is so many microseconds after the beginning of 1970, UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)


def microseconds(moment: datetime) -> int:
    """Microseconds from the beginning of 1970, UTC, to a moment."""
    return (moment - _EPOCH) // timedelta(microseconds=1)
