"""All arms answer the same requests."""

from __future__ import annotations

from airloom.assistant.evaluation.controls import BM25, EMBEDDING
from airloom.assistant.parsing.reply import written
from airloom.assistant.rft.arms import arms_table, by_name, run_arms
from airloom.assistant.rft.checkpoint import EpochRecord
from airloom.assistant.rft.gate import BASE, RULES, TUNED
from airloom.assistant.rft.kept_replies import ModelReplies
from airloom.assistant.rft.known_requests import RequestSets
from airloom.intents.sentence_encoder import SentenceEncoder
from tests.airloom.assistant.rft.small_training import JUDGE, REQUESTS
from tests.airloom.assistant.small_catalogue import GRAPH

TRAINED = (EpochRecord(0, 6, 12, 0.4, 0.5), EpochRecord(1, 2, 4, 0.6, 1.0))
ARMS = run_arms(
    RequestSets(GRAPH, [], REQUESTS),
    SentenceEncoder(),
    {
        BASE: ModelReplies(["?"] * len(REQUESTS)),
        TUNED: ModelReplies([written([request.reading]) for request in REQUESTS], TRAINED),
    },
    JUDGE,
)


def test_true_readings_are_answered_right_and_the_rest_falls_back_on_rules() -> None:
    arms = {arm.name: arm for arm in ARMS}

    assert set(arms) == {RULES, BM25, EMBEDDING, BASE, TUNED}
    assert arms[TUNED].hit.all()
    assert arms[TUNED].share_by_rules == 0
    assert arms[BASE].share_by_rules == 1
    assert by_name(ARMS)[BASE].tolist() == by_name(ARMS)[RULES].tolist()


def test_replies_are_judged_without_rules_in_their_place() -> None:
    arms = {arm.name: arm for arm in ARMS}

    assert arms[RULES].reward is None
    assert arms[BASE].reward is not None
    assert set(arms[BASE].reward.tolist()) == {-0.55}
    assert arms[TUNED].reward is not None
    assert arms[TUNED].reward.min() > 1
    assert arms[BASE].share_without_variance is None
    assert arms[TUNED].share_without_variance == (6 * 0.5 + 2 * 1.0) / 8


def test_arms_that_were_not_run_say_how_to_run_them() -> None:
    *lines, last = arms_table(ARMS, {"GRPO": "airloom tune-ask --arms grpo"}).splitlines()

    assert lines[0].split("  ")[0] == "arm"
    [tuned] = [line for line in lines if line.startswith(TUNED)]
    assert "1.000 (1.000 to 1.000)" in tuned
    assert tuned.split()[-2:] == ["62%", "0%"]
    assert last.split("  ")[0] == "GRPO"
    assert last.endswith("  not run: airloom tune-ask --arms grpo")
