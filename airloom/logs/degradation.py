"""Degradation codes: what a service could not do, in responses and the exposure log."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from airloom.code_with_meaning import CodeWithMeaning


class Degradation(CodeWithMeaning):
    """A code that a list named `degraded` may hold."""

    USER_STORE = (
        "user_store",
        "The feature store's history of the user could not be read; live events still count.",
    )
    LIVE_EVENTS = (
        "live_events",
        "The user's live events could not be read; the feature store still counts.",
    )
    INFERRED = (
        "inferred",
        "The user's behaviors beyond the log could not be read; the ranker orders without them.",
    )
    UNKNOWN_USER = "unknown_user", "The user has no known event before `at`."
    RANKER = "ranker", "The variant's ranker failed or gave scores that are not finite."
    CATEGORY_POPULARITY = (
        "category_popularity",
        "Popularity in the user's categories failed or gave scores that are not finite.",
    )
    POPULARITY = "popularity", "Popularity failed or gave scores that are not finite."
    CANDIDATES = "candidates", "No candidates could be proposed; popular products were taken."
    UNKNOWN_CANDIDATES = (
        "unknown_candidates",
        "N given ids are not in the snapshot. If none is left, candidates are proposed.",
    )
    UNAVAILABLE_CANDIDATES = (
        "unavailable_candidates",
        "N given ids are content, not yet published or retired.",
    )
    ASSISTANT = "assistant", "The words of the request could not be read; what suits the user was shown."
    EXPLANATION = "explanation", "The page has no reasons."
    EVENT_LOG = "event_log", "Nothing could be written: send all events again."
    ERASURE_RECORD = "erasure_record", "The erasure request could not be recorded: send it again."
    LOGS = "logs", "The user's rows of today are not in the lake yet; the next daily run removes them too."

    def with_count(self, count: int) -> str:
        """Return the code of `count` cases, as in `unknown_candidates:3`."""
        return f"{self.value}:{count}"

    @classmethod
    def parse(cls, code: str) -> Degradation:
        """Return the member behind a code of `degraded`, with or without a count.

        >>> Degradation.parse("unknown_candidates:3")
        <Degradation.UNKNOWN_CANDIDATES: 'unknown_candidates'>

        Raises:
            ValueError: There is no such code.
        """
        return cls(code.partition(":")[0])


class FallbackLevel(StrEnum):
    """What ordered a page, from best to worst; the levels that failed are in `degraded`."""

    RANKER = Degradation.RANKER.value
    CATEGORY_POPULARITY = Degradation.CATEGORY_POPULARITY.value
    POPULARITY = Degradation.POPULARITY.value
    INPUT_ORDER = "input_order"


WITH_COUNT: Final = frozenset({Degradation.UNKNOWN_CANDIDATES, Degradation.UNAVAILABLE_CANDIDATES})
"""The codes that are followed by a number."""

NOT_OF_PAGES: Final = frozenset({Degradation.EVENT_LOG, Degradation.ERASURE_RECORD, Degradation.LOGS})
"""The codes of answers about events and erasures; a page, and so the exposure log, may have all others."""

NOT_BY_RANKER: Final = (
    Degradation.USER_STORE,
    Degradation.UNKNOWN_USER,
    Degradation.RANKER,
    Degradation.CATEGORY_POPULARITY,
    Degradation.POPULARITY,
)
"""The codes of pages that count as a fallback: the variant's ranker did not order them by stored history.

Without the store the ranker orders where live events are left; the variant was not shown as meant.
"""
