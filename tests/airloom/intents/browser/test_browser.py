from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from airloom.intents.answers import INTENT_ANSWERS, IntentAnswer, IntentOutcome, intent_version
from airloom.intents.atoms import Atom
from airloom.intents.browser import objects as browser_objects
from airloom.intents.browser.browser import write_browser
from airloom.intents.linking.merge_report import MERGE_REPORT_SCHEMA
from airloom.intents.linking.resolve_objects import ObjectIntents, resolve_objects
from airloom.intents.linking.settings import LinkingSettings
from airloom.intents.paths import IntentPath
from airloom.intents.store import IntentStore
from airloom.llm.outcome import EMPTY, FAILED, REJECTED, Answer, Unanswered, Usage
from airloom.llm.version import LLM
from airloom.logs.lake import Lake
from tests.airloom.intents.shop import DAY, NEXT_DAY, HashingEncoder, put_objects, shop, video
from tests.offline_browser import OfflineBrowser

BED = ("warm sleep", "pet supplies", "cat bed")
GRINDER = ("good coffee", "kitchen", "coffee grinder")
ATTACK = '</script><script>document.title = "owned"</script>'
VERSION = intent_version(LLM, "reader-7b", "0123456789ab")


def store_outcomes(lake: Lake, *outcomes: IntentOutcome) -> None:
    at = datetime(2026, 1, 15, tzinfo=UTC)
    rows = INTENT_ANSWERS.rows(outcomes, version=VERSION, reasoner="openai", day=DAY, at=at)
    IntentStore(lake).append(VERSION, INTENT_ANSWERS.table(rows))


def answer(action: str, object_id: str, *paths: tuple[tuple[str, ...], float]) -> IntentAnswer:
    usage = Usage(calls=1, tokens_in=300, tokens_out=40, usd=0.25)
    return Answer(Atom(action, object_id), tuple(IntentPath(*path) for path in paths), usage=usage)


def read_shop(root: Path) -> Lake:
    """The shop after a reasoner has been there; c4 is still open."""
    lake = shop(root)
    store_outcomes(
        lake,
        answer("view", "c1", (BED, 0.6)),
        answer("like", "c1", (BED, 0.6)),
        answer("view", "c2", (GRINDER, 0.5)),
        answer("view", "c3"),
        Unanswered(Atom("like", "c2"), REJECTED, "paths: Field required", "<b>no</b> JSON", Usage(calls=2)),
        Unanswered(Atom("like", "c3"), FAILED, "503 Service Unavailable", usage=Usage(calls=3)),
    )
    return lake


@pytest.fixture
def read_lake(tmp_path: Path) -> Lake:
    return read_shop(tmp_path / "lake")


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of the shop as it is, made once."""
    return written(read_shop(tmp_path_factory.mktemp("shop") / "lake"))


def resolved(lake: Lake) -> ObjectIntents:
    settings = LinkingSettings(split=1)
    return resolve_objects(lake, through=NEXT_DAY, encoder=HashingEncoder(), settings=settings)


def written(lake: Lake, **more: Any) -> str:
    output = lake.path("reports", "intents.html")
    more.setdefault("intents", resolved(lake))
    return write_browser(lake, day=NEXT_DAY, output=output, **more).read_text(encoding="utf-8")


def data_in(html: str) -> dict[str, Any]:
    (text,) = re.findall(r'<script type="application/json" id="browser-data">(.*?)</script>', html, re.DOTALL)
    data: dict[str, Any] = json.loads(text)
    return data


def objects_in(html: str) -> dict[str, dict[str, Any]]:
    return {row["object_id"]: row for row in data_in(html)["objects"]}


def card(html: str, label: str) -> str:
    match = re.search(rf'<dt>{label}</dt><dd class="value">(.*?)</dd>', html)
    assert match, label
    return match[1]


def labels_of(html: str, link: list[float]) -> list[str]:
    return [data_in(html)["nodes"][str(node)]["label"] for node in link[1:]]


def test_the_page_is_whole_without_a_network(html: str, browser: OfflineBrowser, tmp_path: Path) -> None:
    assert browser.open_html(html, tmp_path).wrong == []


def test_the_cards_say_what_became_of_the_atoms(html: str) -> None:
    shown = {label: card(html, label) for label in ("Content with intents", "Atoms answered", "Empty")}
    assert shown == {"Content with intents": "2", "Atoms answered": "3", "Empty": "1"}
    assert {label: card(html, label) for label in ("Rejected", "Failed", "Open")} == {
        "Rejected": "1",
        "Failed": "1",
        "Open": "1",  # nobody has read c4, and c5 has no title
    }


def test_every_version_says_what_it_took(html: str) -> None:
    (row,) = re.findall(r"<tr><td>reader-7b, prompt or method 0123456789ab, by openai</td>(.*?)</tr>", html)
    # answered, empty, rejected, failed, calls, tokens in, tokens out, USD
    assert re.findall(r">([\d.,]+)<", row) == ["3", "1", "1", "1", "9", "1,200", "160", "1.00"]


def test_a_failed_attempt_still_costs_after_the_atom_was_answered(read_lake: Lake) -> None:
    store_outcomes(read_lake, answer("like", "c3"))
    html = written(read_lake)
    assert card(html, "Failed") == "0"
    (row,) = re.findall(r"<tr><td>reader-7b, .*?</td>(.*?)</tr>", html)
    assert re.findall(r">([\d.,]+)<", row)[3:5] == ["1", "10"]


def test_titles_that_cannot_be_read_are_counted_by_reason(read_lake: Lake, html: str) -> None:
    assert "cannot read" not in html

    store_outcomes(read_lake, Answer(Atom("view", "c4"), (), reason="unreadable script: Hebrew"))

    page = written(read_lake)
    assert "Titles that the encoder cannot read" in page
    assert re.search(r"<td>unreadable script: Hebrew</td>\s*<td[^>]*>1</td>", page)


def test_an_object_shows_equal_answers_once_and_where_it_leads(html: str) -> None:
    bed = objects_in(html)["c1"]
    (answer,) = bed["answers"]
    assert sorted(answer["events"]) == ["like", "view"]
    assert answer["paths"] == [{"labels": list(BED), "confidence": 0.6, "links": answer["paths"][0]["links"]}]
    assert data_in(html)["sources"][answer["source"]] == ["openai", "reader-7b", "0123456789ab"]
    (path,) = bed["paths"]
    assert labels_of(html, path) == ["warm sleep", "Pet Supplies", "Cats", "Cat Beds"]
    assert path[0] == 0.6


def test_an_object_that_says_nothing_says_why(html: str) -> None:
    objects = objects_in(html)
    assert [answer["status"] for answer in objects["c3"]["answers"]] == [EMPTY, FAILED]
    assert objects["c4"]["answers"] == []
    rejected = [answer["reason"] for answer in objects["c2"]["answers"] if answer["status"] == REJECTED]
    assert rejected == ["paths: Field required"]


def test_each_path_tells_where_it_was_led(html: str) -> None:
    (answer,) = objects_in(html)["c1"]["answers"]
    (link,) = answer["paths"][0]["links"]
    assert link[0] == 1.0
    assert labels_of(html, link) == ["warm sleep", "Pet Supplies", "Cats", "Cat Beds"]


def test_nodes_carry_the_numbers_of_all_objects(read_lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser_objects, "MAX_OBJECTS", {"content": 1, "commerce": 1})
    html = written(read_lake)
    nodes = {node["label"]: node for node in data_in(html)["nodes"].values()}
    assert len(objects_in(html)) == 2
    assert (nodes["Pet Supplies"]["products"], nodes["Pet Supplies"]["content"]) == (3, 1)
    assert (nodes["good coffee"]["content"], nodes["good coffee"]["confidence"]) == (1, 0.5)


def test_an_object_with_two_paths_to_a_category_counts_once_there(read_lake: Lake) -> None:
    paths = [((need, "kitchen", "coffee grinder"), 0.25) for need in ("espresso", "early mornings")]
    store_outcomes(read_lake, answer("view", "c4", *paths))
    nodes = {node["label"]: node for node in data_in(written(read_lake))["nodes"].values()}
    assert (nodes["Kitchen"]["content"], nodes["Kitchen"]["confidence"]) == (2, 1.0)


def test_the_most_watched_are_kept_and_the_page_says_so(
    read_lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser_objects, "MAX_OBJECTS", {"content": 2, "commerce": 1})
    html = written(read_lake)
    assert list(objects_in(html)) == ["c1", "c2", "p1"]  # three events, one, one order
    assert "2 of 5 content objects and 1 of 5 products, those with the most events" in html


def test_the_page_is_bounded_in_bytes(read_lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = len(written(read_lake).encode())
    monkeypatch.setattr(browser_objects, "MAX_BYTES", 2200)
    html = written(read_lake)
    assert whole > len(html.encode())
    assert 0 < len(objects_in(html)) < 10
    assert "of 5 products" in html


def test_categories_that_no_intent_reaches_are_named(html: str) -> None:
    assert "No intent reaches 2 of 4 categories with products (2 products)" in html
    missed = html[html.index("Not reached") : html.index("Hardly reached")]
    assert "Cat Toys" in missed
    assert "Milk Frothers" in missed
    assert "Cat Beds" not in missed


def test_content_that_leads_nowhere_is_counted(html: str) -> None:
    assert card(html, "Content that leads nowhere") == "60 %"  # c3, c4, c5
    assert card(html, "Of it, read") == "1"
    assert card(html, "Of it, not answered yet") == "2"
    assert card(html, "Its share of the events on content") == "0 %"


def test_merged_labels_stand_in_groups_with_a_line_to_override(read_lake: Lake) -> None:
    rows = [
        ("need", "warm sleep", "warm sleep", "", "own", None, None, 7, 2),
        ("need", "cosy sleep", "warm sleep", "", "merged", 0.91, None, 7, 3),
        ("need", "sleep tight", "warm sleep", "", "override", None, None, 7, 1),
        ("need", "gossip", "-", "", "override", None, None, None, 1),
    ]
    columns = [dict(zip(MERGE_REPORT_SCHEMA.names, row, strict=True)) for row in rows]
    report = pa.Table.from_pylist(columns, schema=MERGE_REPORT_SCHEMA)
    html = written(read_lake, intents=resolved(read_lake)._replace(merge_report=report))
    assert "3 labels became 2 others" in html
    assert "cosy sleep (0.91), sleep tight (override)" in html
    assert '<a href="#node=7">warm sleep</a>' in html
    assert "need\tcosy sleep\tcosy sleep" in html


def test_rejects_show_reason_and_reply_as_text(html: str) -> None:
    assert "paths: Field required" in html
    assert "&lt;b&gt;no&lt;/b&gt; JSON" in html
    assert "<b>no</b>" not in html
    assert "503 Service Unavailable" in html


def test_a_title_cannot_end_the_data(read_lake: Lake) -> None:
    put_objects(read_lake, NEXT_DAY, [video("c1", ATTACK)])
    html = written(read_lake)
    assert objects_in(html)["c1"]["title"] == ATTACK
    assert ATTACK not in html


def test_a_lake_without_answers_has_a_page_too(lake: Lake) -> None:
    html = written(lake)
    assert card(html, "Content with intents") == "0"
    assert "Nothing was rejected" in html


def test_the_same_lake_gives_the_same_page(read_lake: Lake) -> None:
    assert written(read_lake) == written(read_lake)


def test_a_person_finds_an_object_and_its_paths_and_titles_stay_text(read_lake: Lake, tmp_path: Path) -> None:
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        pytest.skip("no chromium on this machine: the page's script is not tested")
    put_objects(read_lake, NEXT_DAY, [video("c2", f"my new coffee grinder {ATTACK}")])
    typing = """<script>
      const query = document.getElementById("query");
      query.focus();
      query.value = "COFFEE grinder my";
      query.dispatchEvent(new Event("input"));
      query.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true}));
    </script>"""
    page = tmp_path / "page.html"
    page.write_text(written(read_lake).replace("</body>", f"{typing}</body>"), encoding="utf-8")
    command = [
        chromium, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}",
        "--virtual-time-budget=2000", "--dump-dom", page.as_uri(),
    ]  # fmt: skip
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert "<title>Intents · Airloom</title>" in ran.stdout
    shown = ran.stdout[ran.stdout.index('<article id="shown"') : ran.stdout.index("</article>")]
    text = re.sub(r"<[^>]*>", "", shown)
    assert "my new coffee grinder &lt;/script&gt;&lt;script&gt;" in text
    assert "good coffee › kitchen › coffee grinder" in text
    assert "good coffee › Kitchen › Coffee › Coffee Grinders" in text
    assert "reader-7b (openai), prompt or method 0123456789ab" in text
