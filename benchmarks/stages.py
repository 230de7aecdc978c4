"""Where a service says that its time goes, between two looks at `/metrics`."""

from __future__ import annotations

from typing import Final

import httpx
from prometheus_client.parser import text_string_to_metric_families

STAGES: Final = "airloom_stage_seconds"
PAGES: Final = {"http": ("airloom_http_seconds", "/v1/rank"), "grpc": ("airloom_rpc_seconds", "Rank")}
"""The metric of whole pages by protocol, and which of its labels they have."""

Seen = dict[str, tuple[float, float]]
"""Seconds and how often, by stage; a whole page is a stage called `page`."""


def seen(url: str, protocol: str) -> Seen:
    """Return the service's stage counters.

    Args:
        url: Of the service, over HTTP.
        protocol: Whose pages are looked at, http or grpc.
    """
    text = httpx.get(f"{url}/metrics", timeout=30).text
    metric, page = PAGES[protocol]
    totals: dict[str, list[float]] = {}
    for family in text_string_to_metric_families(text):
        for name, labels, value, *_ in family.samples:
            of, _, kind = name.rpartition("_")
            if kind not in ("sum", "count"):
                continue
            if of == STAGES:
                stage = labels["stage"]
            elif of == metric and page in labels.values():
                stage = "page"
            else:
                continue
            totals.setdefault(stage, [0.0, 0.0])[kind == "count"] += value
    return {stage: (seconds, count) for stage, (seconds, count) in totals.items()}


def between(before: Seen, after: Seen) -> dict[str, float]:
    """Return mean milliseconds of each stage of a page, and of the time outside all stages (`frame`)."""
    means = {}
    for stage, (seconds, count) in after.items():
        earlier_seconds, earlier_count = before.get(stage, (0.0, 0.0))
        if count > earlier_count:
            means[stage] = 1e3 * (seconds - earlier_seconds) / (count - earlier_count)
    page = means.pop("page", 0.0)
    return means | {"frame": page - sum(means.values())}
