"""The page of explained rankings: what a few shoppers were shown, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airloom.html_report.blocks import table
from airloom.html_report.report import Section, render_report


def explained_page(samples: Sequence[dict[str, Any]]) -> str:
    """One section a response of `POST /v1/rank`: products, their chains of intents and the events behind."""
    sections = [
        Section(
            f"Page {number}: variant {sample['variant']}",
            table(
                ["#", "product", "price", "because of the intent", "which comes from"],
                [
                    (
                        item["position"],
                        item["title"],
                        item["price"],
                        " → ".join(item["reason"]["chain"]) or None,
                        "; ".join(
                            f"{event['action']}: {event['title']}" for event in item["reason"]["events"][:2]
                        )
                        or None,
                    )
                    for item in sample["items"]
                ],
                caption=f"Model {sample['model_version']}, snapshot {sample['snapshot_digest']}"
                + (f", degraded: {', '.join(sample['degraded'])}" if sample["degraded"] else ""),
            ),
        )
        for number, sample in enumerate(samples, start=1)
    ]
    return render_report(
        title="Some explained rankings",
        summary="Real answers of the service: every product comes with the chain of intents that speaks "
        "for it and the shopper's own events from which that intent was read.",
        sections=sections,
    )
