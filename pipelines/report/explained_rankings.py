"""The report of explained rankings: what a few shoppers were shown, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airloom.html_report.blocks import table
from airloom.html_report.report import Section, render_report

_MAX_REASON_EVENTS = 2


def explained_rankings_report(responses: Sequence[dict[str, Any]]) -> str:
    """Return one section a response of `POST /v1/rank`: products, their intent chains, the events behind."""
    sections = [
        Section(f"Page {number}: variant {response['variant']}", _page(response))
        for number, response in enumerate(responses, start=1)
    ]
    return render_report(
        title="Some explained rankings",
        summary="Real answers of the service: every product with the intent chain that supports it, and the "
        "events of the shopper that this intent comes from.",
        sections=sections,
    )


def _page(response: dict[str, Any]) -> str:
    degraded = f", degraded: {', '.join(response['degraded'])}" if response["degraded"] else ""
    return table(
        ["#", "product", "price", "because of the intent", "from the events"],
        [_row(item) for item in response["items"]],
        caption=f"Model {response['model_version']}, snapshot {response['snapshot_digest']}{degraded}",
    )


def _row(item: dict[str, Any]) -> list[object]:
    reason = item["reason"]
    events = "; ".join(
        f"{event['action']}: {event['title']}" for event in reason["events"][:_MAX_REASON_EVENTS]
    )
    return [
        item["position"],
        item["title"],
        item["price"],
        " → ".join(reason["chain"]) or None,
        events or None,
    ]
