from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from airloom.intents.atoms import Atom
from airloom.intents.content_words import ContentWords
from airloom.intents.history import HistoryLine, HistoryText
from airloom.intents.history_prompt import render_history
from airloom.intents.prompt import MAX_TITLE_LENGTH, IntentPrompt, event_messages, shipped_prompt


def text_of(history: HistoryText, *, top_categories: list[str]) -> str:
    (message,) = render_history(history, top_categories=top_categories)
    return message["content"]


def events_of(prompt: str) -> list[str]:
    """The lines between the first two blank ones."""
    return prompt.split("\n\n")[1].splitlines()


def test_every_event_is_a_line_with_action_age_and_title_in_the_order_given() -> None:
    history = (HistoryLine("like", "latte art", 0.25), HistoryLine("view", "van life", 12.0))

    text = text_of(history, top_categories=["Kitchen", "Pet Supplies"])

    assert events_of(text) == [
        '0.2 days ago, liked: "latte art"',
        '12.0 days ago, watched: "van life"',
    ]
    assert "Kitchen, Pet Supplies" in text


def test_a_history_of_articles_says_so() -> None:
    words = ContentWords("article", "read", "saved")
    history = (HistoryLine("like", "latte art", 0.25), HistoryLine("view", "van life", 12.0))

    (message,) = render_history(history, top_categories=["Kitchen"], words=words)

    assert events_of(message["content"])[0] == '0.2 days ago, saved: "latte art"'
    assert 'of the kind "article"' in message["content"]
    assert "video" not in message["content"]


@given(st.text(max_size=1000))
def test_a_title_stays_one_quoted_line_whatever_it_contains(title: str) -> None:
    (line,) = events_of(text_of((HistoryLine("view", title, 1.0),), top_categories=["Kitchen"]))

    shortened = json.loads(line.partition(": ")[2])
    assert len(shortened) <= MAX_TITLE_LENGTH
    assert shortened == " ".join(shortened.split())


def test_an_answer_has_the_format_that_the_prompt_for_one_event_asks_for() -> None:
    one = event_messages(
        IntentPrompt(shipped_prompt()),
        Atom("view", "c1")._asdict() | {"title": "latte art"},
        top_categories=["Kitchen"],
    )[0]["content"]
    all_of_them = text_of((HistoryLine("view", "latte art", 1.0),), top_categories=["Kitchen"])

    assert all_of_them.strip().splitlines()[-1] == one.strip().splitlines()[-1]
