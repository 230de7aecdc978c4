"""Explanations over real validated logs and built histories."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from airloom.errors import AirloomError
from airloom.logs.contract import EVENTS, OBJECTS
from airloom.logs.lake import Lake
from airloom.logs.rules import LogRules
from components.build_features.derivations import USER_HISTORIES
from components.build_features.histories import write_histories
from components.validate_logs.validation import validate
from feature_repo.tables import USER_HISTORY
from pipelines.derivations import daily_derivations
from pipelines.recipes import Recipe
from pipelines.why import DayExplanation, Explainer
from tests.feature_repo.small_lake import LAST, START, deliver

MIDDLE = date(2026, 3, 2)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake whose logs landed, were validated, and became histories."""
    clean, lake = deliver(tmp_path / "clean"), Lake(tmp_path / "lake")
    for table in (OBJECTS, EVENTS):
        for day in clean.days(table):
            lake.write(lake.landing(table), day, clean.read(table, since=day, through=day))
    run(lake)
    return lake


def run(lake: Lake) -> None:
    validate(lake, day=LAST, rules=LogRules(), docs=lake.path("docs"))
    write_histories(lake, through=LAST)


def explain(lake: Lake, table: str, day: date, recipe: Recipe | None = None) -> DayExplanation:
    derivations = daily_derivations(lake, recipe or Recipe("default"))
    return Explainer(lake, derivations, run_day=LAST).explain(table, day)


def deliver_fewer(lake: Lake, day: date) -> None:
    rows = lake.read(lake.landing(EVENTS), since=day, through=day)
    lake.write(lake.landing(EVENTS), day, rows.slice(1))


def test_what_did_not_change_is_left_and_says_what_it_was_made_from(lake: Lake) -> None:
    explanation = explain(lake, "user_history", MIDDLE)
    assert explanation.verdict == "no"
    head, *made_from = explanation.text().splitlines()
    assert head.startswith("features/user_history of 2026-03-02 is up to date")
    assert made_from[0].startswith("- events 2026-03-02 (fingerprint ")
    assert f"- version {USER_HISTORIES.version} of its code" in made_from


def test_a_corrected_day_is_named_and_reaches_what_reads_it(lake: Lake) -> None:
    deliver_fewer(lake, START)
    events = explain(lake, "events", START)
    assert events.verdict == "yes"
    assert "- landing/events 2026-03-01 changed (fingerprint " in events.text()
    history = explain(lake, "user_history", LAST)
    assert (history.verdict, history.upstream) == ("maybe", {"events": [START, MIDDLE, LAST]})
    assert "events of 2026-03-01, 2026-03-02, 2026-03-03 would be built again first" in history.text()

    validate(lake, day=LAST, rules=LogRules(), docs=lake.path("docs"))
    history = explain(lake, "user_history", LAST)
    assert history.verdict == "yes"
    assert "- events before 2026-03-03 changed" in history.text()
    assert "- events 2026-03-01 changed" in history.text()
    run(lake)
    assert explain(lake, "user_history", LAST).verdict == "no"


def test_a_day_that_was_taken_back_is_removed_with_what_is_made_from_it(lake: Lake) -> None:
    lake.delete(lake.landing(EVENTS), MIDDLE)
    events = explain(lake, "events", MIDDLE)
    assert events.verdict == "removed"
    assert events.text().splitlines()[1] == "- landing/events no longer has that day"
    history = explain(lake, "user_history", LAST)
    assert (history.verdict, history.removed_upstream) == ("maybe", {"events": [MIDDLE]})
    assert "- events of 2026-03-02 would be removed first" in history.text()
    assert history.as_dict()["removed_first"] == {"events": ["2026-03-02"]}
    assert explain(lake, "user_history", START).verdict == "no"

    run(lake)
    with pytest.raises(AirloomError, match="events has no day 2026-03-02"):
        explain(lake, "events", MIDDLE)


def test_a_setting_that_differs_is_named_with_both_values(lake: Lake) -> None:
    text = explain(lake, "events", START, Recipe("other", rules=LogRules(max_price=5.0))).text()
    assert "- the setting max_price was 1000000000.0 and is 5.0 now" in text


def test_a_missing_output_is_named(lake: Lake) -> None:
    lake.delete(USER_HISTORY, MIDDLE)
    assert "- features/user_history 2026-03-02 is missing" in explain(lake, "user_history", MIDDLE).text()


def test_the_day_of_the_run_is_validated_in_any_case(lake: Lake) -> None:
    explanation = explain(lake, "events", LAST)
    assert (explanation.verdict, explanation.changes) == ("yes", [])
    assert "always validates its own day" in explanation.text()


def test_what_was_never_built_has_no_record(lake: Lake) -> None:
    text = explain(lake, "object_profile", START).text()
    assert "- no record says what features/object_profile 2026-03-01 was made from" in text


@pytest.mark.parametrize(
    ("table", "day", "sentence"),
    [
        ("evnts", START, "No daily run makes a table evnts. Choose one of: objects, users, events,"),
        (
            "events",
            date(2026, 4, 1),
            "events has no day 2026-04-01: it is made from landing/events, which has 3",
        ),
        ("users", START, "made from landing/users, which has no day up to"),
    ],
)
def test_mistakes_are_sentences(lake: Lake, table: str, day: date, sentence: str) -> None:
    with pytest.raises(AirloomError) as mistake:
        explain(lake, table, day)
    assert sentence in str(mistake.value)
