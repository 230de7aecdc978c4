from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from airloom.logs.erasure_requests import ErasureRequests
from airloom.logs.lake import Lake
from components.page_store import erase_pages, read_pages, store_pages

NOW = datetime(2026, 3, 4, tzinfo=UTC)
PAGES: dict[str, dict[str, Any]] = {user: {"user": f"page of {user[0]}"} for user in ("zoe", "ann")}


def test_pages_are_kept_in_order_by_a_digest_that_names_nobody(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    assert read_pages(lake) is None
    store_pages(lake, "air-1", PAGES)
    stored = read_pages(lake)
    assert stored is not None
    assert stored.model_version == "air-1"
    assert list(stored.pages.values()) == list(PAGES.values())
    assert not any(user in tmp_path.joinpath("explained_pages.json").read_text() for user in PAGES)


def test_the_page_of_one_user_is_erased(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    ann, other = (ErasureRequests(lake).digest(user) for user in ("ann", "somebody else"))
    assert erase_pages(lake, {ann}) == []
    store_pages(lake, "air-1", PAGES)
    assert erase_pages(lake, {ann, other}) == [ann]
    stored = read_pages(lake)
    assert stored is not None
    assert list(stored.pages.values()) == [PAGES["zoe"]]


def test_an_older_dataset_brings_nobody_back(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    ErasureRequests(lake).add("ann", NOW)
    store_pages(lake, "air-1", PAGES)
    stored = read_pages(lake)
    assert stored is not None
    assert list(stored.pages.values()) == [PAGES["zoe"]]
