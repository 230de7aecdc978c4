from __future__ import annotations

from benchmarks.soak import Swapped, TimedAnswer, judged

OLD, NEW, NEWER = ("air-1", "s1"), ("air-2", "s1"), ("air-2", "s2")
SWAPS = [Swapped(10.0, 2.0, NEW), Swapped(20.0, 3.0, NEWER)]


def answer(asked: float, served: tuple[str, str], fault: str = "") -> TimedAnswer:
    return TimedAnswer(asked, served, 10, fault)


def test_every_answer_from_what_serves_or_is_about_to_is_right() -> None:
    answers = [answer(1, OLD), answer(9.9, NEW), answer(10.1, NEW), answer(19.9, NEWER), answer(21, NEWER)]
    assert judged(answers, SWAPS, OLD) == {"answers": 5, "faults": {}, "mixed": 0, "stale": 0}


def test_answers_of_what_no_longer_serves_or_comes_much_later_are_stale() -> None:
    result = judged([answer(10.1, OLD), answer(25, NEW), answer(1, NEWER)], SWAPS, OLD)
    assert (result["mixed"], result["stale"]) == (0, 3)


def test_the_model_of_one_with_the_snapshot_of_another_is_mixed() -> None:
    assert judged([answer(10.1, ("air-1", "s2"))], SWAPS, OLD)["mixed"] == 1


def test_faults_are_counted_by_what_they_are_and_nothing_else() -> None:
    answers = [answer(1, ("", ""), "status 500"), answer(2, ("", ""), "status 500"), answer(3, OLD, "ranker")]
    result = judged(answers, SWAPS, OLD)
    assert result["faults"] == {"status 500": 2, "ranker": 1}
    assert (result["mixed"], result["stale"]) == (0, 0)
