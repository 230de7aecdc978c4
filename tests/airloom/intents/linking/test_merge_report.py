from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from airloom.errors import AirloomError
from airloom.intents.import_answers import import_answers
from airloom.intents.linking.merge_report import MERGE_REPORT_SCHEMA
from airloom.intents.linking.overrides import COLUMNS
from airloom.intents.linking.resolve_objects import ObjectIntents, resolve_objects
from airloom.intents.linking.settings import LinkingSettings
from airloom.logs.lake import Lake
from tests.airloom.intents.linking.overriding import override
from tests.airloom.intents.shop import DAY, HashingEncoder, reply, write_replies

SLEEPY = ["sleeping cats", "cats", "bed"]
SLEEPING = ["sleeping cat", "cats", "bed"]
CALM = ["pet supplies", "calm evenings", "toy"]
FROTHY = ["kitchen", "coffee", "milk frothers"]


@pytest.fixture
def answered(lake: Lake) -> Lake:
    """Each reply answers the view and the like of its video: every path counts twice."""
    lines = [reply("c1", (SLEEPY, 0.6), (CALM, 0.4)), reply("c2", (SLEEPING, 0.2), (FROTHY, 0.3))]
    import_answers(lake, write_replies(Path(lake.root) / "replies.jsonl", *lines), model="llm", prompt="v1")
    return lake


def resolved(lake: Lake) -> ObjectIntents:
    settings = LinkingSettings(split=2, merge_needs_at=0.8)
    return resolve_objects(lake, through=DAY, encoder=HashingEncoder(), settings=settings)


def rows(intents: ObjectIntents, kind: str) -> dict[str, dict[str, Any]]:
    return {row["label"]: row for row in intents.merge_report.to_pylist() if row["kind"] == kind}


def test_needs_say_what_they_became_and_why(answered: Lake) -> None:
    intents = resolved(answered)
    report = rows(intents, "need")

    assert list(report) == ["sleeping cat", "sleeping cats", "calm evenings"]
    own, merged, below = report.values()
    assert (own["becomes"], own["how"], own["cosine"], own["paths"]) == ("sleeping cat", "own", None, 2)
    assert (merged["becomes"], merged["how"], merged["paths"]) == ("sleeping cat", "merged", 2)
    assert merged["cosine"] == pytest.approx(1.0)
    assert merged["node"] == own["node"]
    assert (own["parent"], below["parent"]) == ("", "Pet Supplies")
    assert [intents.nodes.labels[row["node"]] for row in report.values()] == [
        r["becomes"] for r in report.values()
    ]


def test_product_types_say_which_category_they_mostly_lead_to(answered: Lake) -> None:
    intents = resolved(answered)
    report = rows(intents, "product type")

    bed, spelled = report["bed"], report["milk frothers"]
    assert (bed["becomes"], bed["how"], bed["paths"]) == ("Pet Supplies > Cats > Cat Beds", "merged", 4)
    assert 0.5 < bed["share"] < 1.0
    assert 0.0 < bed["cosine"] < 1.0
    assert intents.nodes.labels[bed["node"]] == "Cat Beds"
    assert (spelled["becomes"], spelled["how"]) == ("Kitchen > Coffee > Milk Frothers", "own")
    assert (spelled["share"], spelled["cosine"], spelled["paths"]) == (1.0, None, 2)


def test_categories_say_how_many_paths_lead_to_them(answered: Lake) -> None:
    report = rows(resolved(answered), "category")

    assert report["Milk Frothers"]["paths"] == 2
    assert report["Cat Beds"]["paths"] == 6
    assert report["Cat Beds"]["parent"] == "Pet Supplies > Cats"
    assert report["Coffee Grinders"]["paths"] == 0


def test_what_a_person_decided_is_marked(answered: Lake) -> None:
    override(
        answered,
        ("need", "sleeping cats", "sleeping cats"),
        ("need", "calm evenings", "-"),
        ("need", "no such need", "-"),
        ("product type", "bed", "Kitchen > Coffee"),
        ("product type", "toy", "-"),
        ("product type", "no such type", "Kitchen"),
    )

    intents = resolved(answered)

    seen = {
        (row["label"], row["becomes"], row["node"] is None, row["paths"])
        for row in intents.merge_report.to_pylist()
        if row["how"] == "override"
    }
    assert seen == {
        ("sleeping cats", "sleeping cats", False, 2),
        ("calm evenings", "-", True, 2),
        ("no such need", "-", True, 0),
        ("bed", "Kitchen > Coffee", False, 4),
        ("toy", "-", True, 2),
        ("no such type", "Kitchen", False, 0),
    }


def lines(lake: Lake) -> list[list[str]]:
    text = lake.path("intents", "merges.tsv").read_text(encoding="utf-8")
    return [line.split("\t") for line in text.removesuffix("\n").split("\n")]


def test_the_file_holds_the_report_and_is_the_same_when_repeated(answered: Lake) -> None:
    intents = resolved(answered)
    header, *body = lines(answered)
    before = lake_file(answered)

    assert header == MERGE_REPORT_SCHEMA.names
    assert tuple(header[:3]) == COLUMNS
    expected = [
        ["" if cell is None else str(cell) for cell in row.values()]
        for row in intents.merge_report.to_pylist()
    ]
    assert [row[:5] + row[7:] for row in body] == [row[:5] + row[7:] for row in expected]
    resolved(answered)
    assert lake_file(answered) == before


def lake_file(lake: Lake) -> bytes:
    return lake.path("intents", "merges.tsv").read_bytes()


def test_all_its_needs_and_product_types_as_overrides_change_no_need(answered: Lake) -> None:
    before = resolved(answered)
    _, *body = lines(answered)
    override(answered, *((row[0], row[1], row[2]) for row in body if row[0] != "category"))

    after = resolved(answered)

    def decisions(intents: ObjectIntents) -> list[tuple[str, str, str, int]]:
        chosen = (row for row in intents.merge_report.to_pylist() if row["kind"] != "category")
        return [(row["kind"], row["label"], row["becomes"], row["node"]) for row in chosen]

    assert decisions(after) == decisions(before)
    assert after.nodes.labels == before.nodes.labels


def test_overrides_that_cannot_be_followed_leave_the_lake_as_it_was(answered: Lake) -> None:
    override(answered, ("product type", "bed", "Nowhere"))

    with pytest.raises(AirloomError, match="no category 'nowhere'"):
        resolved(answered)

    assert not answered.path("intents", "nodes").exists()
    assert not answered.path("intents", "merges.tsv").exists()


def test_a_shop_without_answers_has_a_report_of_its_categories(lake: Lake) -> None:
    report = resolved(lake).merge_report

    assert set(report["kind"].to_pylist()) == {"category"}
    assert report.schema == MERGE_REPORT_SCHEMA


HOSTILE = ["=1+1", "@sum(a1)", "-2+3", "+cmd|' /c calc'!a0", "'=hyperlink(a1)", "＝1"]


def test_a_label_that_a_spreadsheet_would_compute_is_written_as_text_and_read_back(lake: Lake) -> None:
    lines_of = [
        reply("c1", *(([label, "cats", label], 0.5) for label in HOSTILE[:3])),
        reply("c2", *(([label, "cats", label], 0.5) for label in HOSTILE[3:])),
    ]
    import_answers(lake, write_replies(Path(lake.root) / "replies.jsonl", *lines_of), model="llm")
    before = resolved(lake)
    _, *body = lines(lake)

    texts = {cell for row in body for cell in row[:4]}
    assert not any(text.startswith(("=", "+", "-", "@")) for text in texts)
    assert {"'=1+1", "''=hyperlink(a1)", "'=1"} <= texts

    override(lake, *((row[0], row[1], row[2]) for row in body if row[0] != "category"))
    after = resolved(lake)
    assert rows(after, "need").keys() == rows(before, "need").keys() == set(HOSTILE[:-1]) | {"=1"}
