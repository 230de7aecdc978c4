from __future__ import annotations

import json
import re
from pathlib import Path

import pyarrow as pa
import pytest

from airloom.knowledge.browser import browser as card_browser
from airloom.knowledge.browser.browser import write_card_browser
from airloom.knowledge.claims import Claim, Relation, claims_table
from tests.offline_browser import OfflineBrowser

ATTACK = '</script><script>document.title = "owned"</script>'
CARDS = {
    "p1": [
        Claim(Relation.TYPE, "cat beds", "rules", 1.0, "category path", ("pets", "cat beds")),
        Claim(Relation.NEED, ATTACK, "import", 0.5, ATTACK),
    ],
    "p2": [Claim(Relation.TYPE, "cat beds", "rules", 1.0)],
}
TITLES = pa.table({"object_id": ["p1", "p2"], "title": ["soft bed", ATTACK]})


def page(folder: Path) -> str:
    output = write_card_browser(claims_table(CARDS, version="v"), TITLES, folder / "cards.html")
    return output.read_text(encoding="utf-8")


def test_the_page_holds_every_card_with_source_and_confidence(tmp_path: Path) -> None:
    (data,) = re.findall(r'id="browser-data">(.*?)</script>', page(tmp_path), flags=re.S)
    first, second = json.loads(data)

    assert first["id"] == "p1"
    assert first["claims"][0] == ["type", "cat beds", "rules", 1.0, "category path", ["pets", "cat beds"]]
    assert second["title"] == ATTACK


def test_no_title_or_value_becomes_markup(tmp_path: Path) -> None:
    assert ATTACK not in page(tmp_path)
    assert "<script>document" not in page(tmp_path)


def test_the_page_is_whole_without_a_network(tmp_path: Path, browser: OfflineBrowser) -> None:
    opened = browser.open_html(page(tmp_path), tmp_path)

    assert opened.wrong == []


def test_what_does_not_fit_is_left_out_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card_browser, "MAX_BYTES", 350)

    assert "Here are 1 of 2 cards, the first by id" in page(tmp_path)


def test_a_lake_without_cards_is_a_page_too(tmp_path: Path) -> None:
    empty = write_card_browser(claims_table({}, version="v"), TITLES, tmp_path / "cards.html")

    assert "Here are 0 of 0 cards" in empty.read_text(encoding="utf-8")
