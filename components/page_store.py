"""Explained pages of the latest evaluation, in the lake: where those of erased users are removed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from typing import Any, Final, NamedTuple

from airloom.files import write_text
from airloom.logs.erasure_requests import ErasureRequests
from airloom.logs.lake import Lake

FILE: Final = "explained_pages.json"


class StoredPages(NamedTuple):
    """The explained pages of one evaluation.

    Attributes:
        model_version: The model that ranked them.
        pages: The page of each user who has one, by the keyed digest of the user's id.
    """

    model_version: str
    pages: dict[str, dict[str, Any]]


def store_pages(lake: Lake, model_version: str, pages: Mapping[str, dict[str, Any]]) -> None:
    """Replace the stored pages, except for users who ever asked for erasure: a dataset may be older.

    Args:
        lake: Keeps the pages, and the key of the digests.
        model_version: The model that ranked them.
        pages: Page by user id.
    """
    requests = ErasureRequests(lake)
    erased = {request.user_digest for request in requests.all()}
    by_digest = {requests.digest(user): page for user, page in pages.items()}
    kept = {digest: page for digest, page in by_digest.items() if digest not in erased}
    _write(lake, StoredPages(model_version, kept))


def read_pages(lake: Lake) -> StoredPages | None:
    """Return the stored pages, in the order in which they were given; None before the first evaluation."""
    file = lake.path(FILE)
    return StoredPages(**json.loads(file.read_text(encoding="utf-8"))) if file.exists() else None


def erase_pages(lake: Lake, digests: Set[str]) -> list[str]:
    """Remove the pages of some users, and return the digests of those who had one."""
    stored = read_pages(lake)
    removed = [digest for digest in stored.pages if digest in digests] if stored else []
    if stored and removed:
        kept = {digest: page for digest, page in stored.pages.items() if digest not in digests}
        _write(lake, stored._replace(pages=kept))
    return removed


def _write(lake: Lake, stored: StoredPages) -> None:
    write_text(lake.path(FILE), json.dumps(stored._asdict(), indent=1) + "\n")
