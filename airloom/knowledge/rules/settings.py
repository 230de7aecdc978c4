"""The settings of the rules cards."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RulesSettings:
    """How much rules cards say, and from what on.

    Attributes:
        min_priced: Priced products that a category needs for tiers of its own; else the one above it counts.
        min_titles: Titles that a term must be in to say something; below, it is a name or a misprint.
        max_title_share: Share of the titles beyond which a term says nothing about one of them.
        features: Terms of a title that are kept.
        needs: Needs of a category that are kept.
        watched: Needs of watched content that are kept.
        goes_with: Categories bought together that are kept.
        within_days: Two orders of a user within this time are bought together; content is watched before an
            order if it was within this time.
        lookback_days: How far back events count.
        min_users: Users that a pair of categories, or of content and category, needs at least.
    """

    min_priced: int = 9
    min_titles: int = 3
    max_title_share: float = 0.02
    features: int = 4
    needs: int = 3
    watched: int = 3
    goes_with: int = 3
    within_days: float = 14.0
    lookback_days: int = 180
    min_users: int = 5
