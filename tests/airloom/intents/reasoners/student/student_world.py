"""A lake in which a language model has read two hundred videos about three subjects."""

from __future__ import annotations

from pathlib import Path

from airloom.intents.answers import INTENT_ANSWERS, IntentAnswer, intent_version
from airloom.intents.atoms import Atom
from airloom.intents.paths import IntentPath
from airloom.intents.store import IntentStore
from airloom.llm.outcome import Answer
from airloom.llm.version import LLM, Version
from airloom.logs.changes import latest_rows
from airloom.logs.contract import OBJECTS
from airloom.logs.lake import Lake
from tests.airloom.intents.shop import DAY, put_objects, shop, video

TEACHER = intent_version(LLM, "teacher", "0123456789ab")
CATS = IntentPath(("warm cats", "pet supplies", "cat beds"), 0.75)
COFFEE = IntentPath(("good coffee", "kitchen", "coffee grinder"), 0.5)
SUBJECTS = {
    "my cat naps on its blanket": (CATS,),
    "pouring espresso at home": (COFFEE,),
    "猫咪今天又睡觉了": (CATS,),
    "the funniest goals of the week": (),
}


def student_world(root: Path, *, videos: int = 200) -> Lake:
    """Videos in turns about each of `SUBJECTS`, all answered, and three that are not."""
    lake = shop(root)
    subjects = list(SUBJECTS.items())
    titles = [f"{subjects[n % len(subjects)][0]} {n}" for n in range(videos)]
    new = ["a cat on a blanket", "espresso", "猫咪"]
    rows = latest_rows(lake, OBJECTS, through=DAY).to_pylist()
    rows += [video(f"v{n:03d}", title) for n, title in enumerate(titles)]
    rows += [video(f"new{n}", title) for n, title in enumerate(new)]
    put_objects(lake, DAY, rows)
    answers = [Answer(Atom("view", f"v{n:03d}"), subjects[n % len(subjects)][1]) for n in range(videos)]
    store_answers(lake, TEACHER, answers)
    return lake


def store_answers(lake: Lake, version: Version, answers: list[IntentAnswer]) -> None:
    rows = INTENT_ANSWERS.rows(answers, version=version, reasoner="openai", day=DAY)
    IntentStore(lake).append(version, INTENT_ANSWERS.table(rows))
