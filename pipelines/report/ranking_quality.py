"""The section of the index about the ranker: does it put later orders further up than simpler ones?"""

from __future__ import annotations

from typing import Any

from airloom.html_report.blocks import callout, code, prose, table, term, terms
from airloom.html_report.report import Section
from components.evaluate_ranker.models import AIR, DISPLAY_NAMES
from pipelines.home import Home
from pipelines.report.plots import leads_plot
from pipelines.report.training_facts import TrainingFacts
from pipelines.report.words import AIR as AIR_TERM
from pipelines.report.words import HR_10, INTERVAL, ITEM_CF, NDCG_10, SASREC

HEADING = "Ranking quality against the baselines"
_METRICS = {"hr10": HR_10, "ndcg10": NDCG_10}


def ranking_quality(trainings: list[TrainingFacts], home: Home) -> Section:
    """Return the latest evaluation with its intervals, or the command that makes one."""
    if not trainings:
        text = "No ranker has been trained yet. A training needs orders on several days."
        return Section(HEADING, callout(text, tone="warn") + code(f"airloom run training --home {home.root}"))
    latest = trainings[-1]
    result = latest.evaluation
    about = prose(
        f"{result['targets']:,} products were ordered by {result['users']:,} users, {_window(result)}. Was "
        f"each near the top of the list that {latest.model} would have made for its user just before? "
        + _lists(result)
    )
    words = terms([*_METRICS.values(), INTERVAL, AIR_TERM, ITEM_CF, SASREC])
    return Section(HEADING, about + leads_plot(result["differences"]) + _table(result) + words)


def _table(result: dict[str, Any]) -> str:
    confidence = f"{result.get('settings', {}).get('confidence', 0.95):.0%}"
    rows = [
        [
            DISPLAY_NAMES.get(name, name),
            *(f"{metrics[metric]:.3f}" for metric in _METRICS),
            *(_lead(result["differences"].get(name), metric) for metric in _METRICS),
        ]
        for name, metrics in result["models"].items()
    ]
    leads = [f"{DISPLAY_NAMES[AIR]} minus this, {word.name}" for word in _METRICS.values()]
    head = ["ranker", *(term(word) for word in _METRICS.values()), *leads]
    return table(head, rows, caption=f"With {confidence} intervals")


def _lead(differences: dict[str, dict[str, float]] | None, metric: str) -> str | None:
    if differences is None:
        return None
    lead = differences[metric]
    return f"{lead['mean']:+.3f} ({lead['low']:+.3f} to {lead['high']:+.3f})".replace("-", "−")


def _lists(result: dict[str, Any]) -> str:
    """Return what the products were in; an older release sampled."""
    if "lists" not in result:
        return (
            f"An older release measured this among {result['candidates'] - 1:,.0f} other products that were "
            "drawn at random; train again to measure it in lists of all products."
        )
    return (
        f"A list is made as the service makes it: of {result['candidates']:,} candidates from all "
        f"{result['products']:,} products on sale, none drawn at random. Which one of many that fit is "
        "ordered is a matter of luck, so look at the intervals."
    )


def _window(result: dict[str, Any]) -> str:
    window = result["dataset"]["evaluation"]
    return f"from {window['from']} to before {window['before']}"
