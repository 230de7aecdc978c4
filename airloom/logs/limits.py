"""The bounds of values, the same for delivered logs and for the service's requests."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

MAX_ID_LENGTH: Final = 128
"""Characters of the id of a user, object, request or event; an id has at least one."""
MAX_QUANTITY: Final = 1_000_000
"""Pieces of one row; a return has as many below zero."""
MAX_PRICE: Final = 1e9
"""Of one piece, in any currency; a free product costs 0."""
MAX_DWELL_S: Final = 30 * 86_400.0
"""Seconds."""
CURRENCY: Final = r"^[A-Z]{3}$"
"""An ISO 4217 code."""
RESEND_WINDOW: Final = timedelta(days=7)
"""The time in which a client may send an event again; in it, rows with one event id count once."""
