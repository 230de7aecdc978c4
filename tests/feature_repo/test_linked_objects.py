from __future__ import annotations

from pathlib import Path

import pytest

from airloom.intents.distill import distill
from airloom.intents.import_answers import import_answers
from airloom.intents.linking.settings import LinkingSettings
from airloom.intents.settings import DistillSettings
from airloom.knowledge.intent_links import IntentLinks
from airloom.logs.lake import Lake
from components.build_features.build import build
from feature_repo import linked_objects
from feature_repo.linked_objects import read_intent_links
from tests.airloom.intents.shop import DAY, HashingEncoder, contents, reply, shop, write_replies


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    made = shop(tmp_path / "lake")
    import_reply(made, tmp_path, "c1", "sleeping cats")
    distill(made, day=DAY, settings=DistillSettings(), encoder=HashingEncoder())
    return made


def import_reply(lake: Lake, folder: Path, video: str, need: str) -> None:
    replies = write_replies(folder / "replies.jsonl", reply(video, ([need, "cats", "cat beds"], 0.6)))
    import_answers(lake, replies, model="llm")


def build_day(lake: Lake) -> None:
    build(lake.root, day=DAY, encoder=HashingEncoder(), settings=LinkingSettings())


def links_of(lake: Lake) -> IntentLinks:
    return read_intent_links(lake, day=DAY, encoder=HashingEncoder(), linking=LinkingSettings())


def as_lists(links: IntentLinks) -> list[object]:
    return [column.tolist() if hasattr(column, "tolist") else column for column in links[1:]] + [
        links.nodes.labels,
        links.nodes.embeddings.tolist(),
    ]


def test_what_the_features_hold_is_not_linked_again(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    before = as_lists(links_of(lake))
    build_day(lake)
    files = contents(lake.path("intents"))
    monkeypatch.setattr(linked_objects, "resolve_objects", None)

    assert as_lists(links_of(lake)) == before
    assert contents(lake.path("intents")) == files


def test_an_answer_that_came_after_the_features_counts(lake: Lake, tmp_path: Path) -> None:
    build_day(lake)
    assert set(needs(links_of(lake))) == {"sleeping cats"}

    import_reply(lake, tmp_path, "c3", "watching football")

    assert set(needs(links_of(lake))) == {"sleeping cats", "watching football"}


def test_without_features_objects_are_linked(lake: Lake) -> None:
    assert set(needs(links_of(lake))) == {"sleeping cats"}


def needs(links: IntentLinks) -> list[str]:
    return [links.nodes.labels[need] for need in links.needs.tolist()]
