"""The report of explained rankings: what a few shoppers were shown and why, and whether it is true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airloom.causes import Cause
from airloom.html_report.blocks import prose, table
from airloom.html_report.numbers import format_percent
from airloom.html_report.report import Section, render_report
from pipelines.report.demo_summary import ReasonFigures

_MAX_REASON_EVENTS = 2


def explained_rankings_report(
    responses: Sequence[dict[str, Any]], reasons: Mapping[str, ReasonFigures], *, currency: str
) -> str:
    """Return one section a response of `POST /v1/rank`: products, the cause of each, the events behind it.

    Args:
        responses: A few answers.
        reasons: How true the reasons of all served pages are, by variant.
        currency: Of the prices, which are shown only with one.
    """
    pages = [
        Section(f"Page {number}: variant {response['variant']}", _page(response, currency))
        for number, response in enumerate(responses, start=1)
    ]
    return render_report(
        title="Some explained rankings",
        summary="Real answers of the service: every product with the cause that its reason names, and the "
        "events of the shopper that show it.",
        sections=[*([Section("Are the reasons true?", _check(reasons))] if reasons else ()), *pages],
    )


def _check(reasons: Mapping[str, ReasonFigures]) -> str:
    """Return the figures of all served pages."""
    about = prose(
        "Over all pages that were served. A chain is true if it is an intent path of every event shown with "
        "it, looked up in the snapshot of the page; rankers that read no intents show none."
    )
    head = ["variant", "products", "chains that are true", "products with a true chain"]
    shares = [
        (
            variant,
            figures.products,
            None if figures.true_chains is None else format_percent(figures.true_chains),
            format_percent(figures.with_chain),
        )
        for variant, figures in reasons.items()
    ]
    named = [cause for cause in Cause if any(cause in of.causes for of in reasons.values())]
    causes = [
        (
            cause,
            cause.meaning,
            *(format_percent(figures.causes.get(cause, 0.0)) for figures in reasons.values()),
        )
        for cause in named
    ]
    return about + table(head, shares) + table(["cause", "it says", *reasons], causes)


def _page(response: dict[str, Any], currency: str) -> str:
    degraded = f", degraded: {', '.join(response['degraded'])}" if response["degraded"] else ""
    return table(
        [
            "#",
            "product",
            *([f"price, {currency}"] if currency else ()),
            "because",
            "cause",
            "from the events",
        ],
        [_row(item, currency) for item in response["items"]],
        caption=f"Model {response['model_version']}, snapshot {response['snapshot_digest']}{degraded}",
    )


def _row(item: dict[str, Any], currency: str) -> list[object]:
    reason = item["reason"]
    events = "; ".join(
        f"{event['action']}: {event['title']}" for event in reason["events"][:_MAX_REASON_EVENTS]
    )
    because = " → ".join(reason["chain"]) or reason["text"]
    price = [item["price"]] if currency else []
    return [item["position"], item["title"], *price, because, reason["cause"], events or None]
