"""The section of the index with the explained pages of a few users, by pseudonym."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from airloom.causes import Cause
from airloom.html_report.blocks import callout, code, details, prose, table, terms
from airloom.html_report.report import Section
from airloom.logs.currency import shop_currency
from airloom.logs.lake import Lake
from components.page_store import read_pages
from pipelines.home import Home
from pipelines.report.words import INTENT_PATH, PSEUDONYM

HEADING = "What users would see, and why"


def user_pages(home: Home) -> Section:
    """Return the pages of the latest evaluation, or the command that makes them."""
    stored = read_pages(Lake(home.lake))
    if stored is None or not stored.pages:
        text = "There are no explained pages: an evaluation makes them of users who ordered something."
        return Section(HEADING, callout(text, tone="warn") + code(f"airloom run training --home {home.root}"))
    about = prose(
        f"Pages of {stored.model_version} for {len(stored.pages)} users of your logs, from short to long "
        "histories, as they would have been at the midnight before an order of each. A reason is an intent "
        "path that every event shown beside it has, or names another cause."
    )
    currency = shop_currency(Lake(home.lake))
    pages = [_page(page, currency, opened=number == 0) for number, page in enumerate(stored.pages.values())]
    return Section(HEADING, about + Markup("").join(pages) + terms([INTENT_PATH, PSEUDONYM]))


def _page(page: dict[str, Any], currency: str, *, opened: bool) -> str:
    position = "not on the page" if page["position"] is None else f"number {page['position']} of the page"
    summary = f"{page['user']}, {page['events']:,} events; then ordered {page['ordered']} ({position})"
    rows = [
        [
            number,
            item["title"],
            *([item["price"]] if currency else ()),
            _because(item),
            "; ".join(item["events"]) or None,
        ]
        for number, item in enumerate(page["items"], start=1)
    ]
    head = ["#", "product", *([f"price, {currency}"] if currency else ()), "because", "from the events"]
    return details(summary, table(head, rows), opened=opened)


def _because(item: dict[str, Any]) -> str:
    return " → ".join(item["chain"]) or Cause(item["cause"]).meaning
