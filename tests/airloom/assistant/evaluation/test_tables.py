from __future__ import annotations

from airloom.assistant.evaluation.comparison import ALL, ASSISTANT, AnswererComparison, Mean
from airloom.assistant.evaluation.evaluate import HIT, OUTSIDE, RECALL, UNSUPPORTED
from airloom.assistant.evaluation.tables import answerers_table, difference_lines, guard_lines, slices_table
from airloom.ranking.evaluation.intervals import Estimate


def mean(answerer: str, where: str, metric: str, value: float) -> Mean:
    return Mean(answerer, where, metric, 1200, Estimate(value, value - 0.01, value + 0.01))


COMPARISON = AnswererComparison(
    (
        mean(ASSISTANT, ALL, RECALL, 0.71),
        mean(ASSISTANT, ALL, HIT, 0.6),
        mean(ASSISTANT, ALL, "accuracy hard", 0.6),
        mean(ASSISTANT, ALL, OUTSIDE, 0.0),
        mean(ASSISTANT, ALL, UNSUPPORTED, 0.0),
        mean(ASSISTANT, "explicit", RECALL, 0.8),
        mean("bm25", ALL, RECALL, 0.25),
    ),
    (
        mean("bm25", ALL, RECALL, 0.46),
        mean("bm25", ALL, HIT, 0.5),
        mean("bm25", "explicit, 1 conditions", RECALL, 0.4),
    ),
    {ASSISTANT: {"parse": (1.0, 2.0, 3.0)}},
)


def test_answerers_have_a_line_each_over_all_requests() -> None:
    head, own, control = answerers_table(COMPARISON).splitlines()
    assert head.split()[:2] == ["answerer", "recall@10"]
    assert own.startswith("assistant  0.710 (0.700 to 0.720) of 1,200")
    assert control.split()[:2] == ["bm25", "0.250"]


def test_slices_have_a_line_each() -> None:
    _, all_requests, explicit = slices_table(COMPARISON).splitlines()
    assert all_requests.startswith(ALL)
    assert explicit.startswith("explicit  0.800 (0.790 to 0.810)")


def test_differences_are_of_all_requests_and_kinds() -> None:
    [line] = difference_lines(COMPARISON).splitlines()
    assert " ".join(line.split()) == (
        "assistant minus bm25 all 1,200 requests recall@10 +0.460 (+0.450 to +0.470)"
    )


def test_what_must_be_zero_and_how_long_stages_take() -> None:
    outside, unsupported, parse = guard_lines(COMPARISON).splitlines()
    assert outside.split() == ["out", "of", "catalogue", "0.0000", "of", "1,200", "answers"]
    assert unsupported.startswith("unsupported claims")
    assert parse.split() == ["parse", "p50", "1.00", "ms", "p95", "2.00", "ms", "p99", "3.00", "ms"]
