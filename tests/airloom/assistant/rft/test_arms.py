"""All arms answer the same requests."""

from __future__ import annotations

from airloom.assistant.evaluation.controls import BM25, EMBEDDING
from airloom.assistant.parsing.reply import written
from airloom.assistant.rft.arms import arms_table, by_name, run_arms
from airloom.assistant.rft.gate import BASE, RULES, TUNED
from airloom.intents.sentence_encoder import SentenceEncoder
from tests.airloom.assistant.rft.small_training import REQUESTS
from tests.airloom.assistant.small_catalogue import GRAPH

CASES = [request.case for request in REQUESTS]
ARMS = run_arms(
    CASES,
    GRAPH,
    SentenceEncoder(),
    {BASE: ["?"] * len(CASES), TUNED: [written([request.reading]) for request in REQUESTS]},
)


def test_true_readings_are_answered_right_and_the_rest_falls_back_on_rules() -> None:
    arms = {arm.name: arm for arm in ARMS}

    assert set(arms) == {RULES, BM25, EMBEDDING, BASE, TUNED}
    assert arms[TUNED].hit.all()
    assert arms[TUNED].share_by_rules == 0
    assert arms[BASE].share_by_rules == 1
    assert by_name(ARMS)[BASE].tolist() == by_name(ARMS)[RULES].tolist()


def test_arms_that_were_not_run_say_how_to_run_them() -> None:
    *lines, last = arms_table(ARMS, {"grpo": "python -m benchmarks.tuning_arms --arms grpo"}).splitlines()

    assert lines[0].split() == ["arm", "NDCG@10", "hit@1", "read", "by", "rules"]
    assert any(line.startswith(TUNED) and "1.000" in line and line.endswith("0%") for line in lines)
    assert last.split("  ")[0] == "grpo"
    assert "not run" in last
    assert last.endswith("python -m benchmarks.tuning_arms --arms grpo")
