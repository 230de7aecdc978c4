"""The degradation codes of the log contract: where each may be, and what it means."""

from __future__ import annotations

from airloom.logs.degradation import NOT_BY_RANKER, NOT_OF_PAGES, WITH_COUNT, Degradation
from docs.generator.table import code, table


def degradation_reference() -> str:
    """Return the table of the codes."""
    return table(["Code", "In", "Counts as the variant's page", "Meaning"], map(_row, Degradation))


def _row(degradation: Degradation) -> list[str]:
    of_page = degradation not in NOT_OF_PAGES
    as_variant = ("no" if degradation in NOT_BY_RANKER else "yes") if of_page else ""
    shown = f"{degradation}:N" if degradation in WITH_COUNT else str(degradation)
    answers = "pages and exposures" if of_page else "answers about events and erasures"
    return [code(shown), answers, as_variant, degradation.meaning]
