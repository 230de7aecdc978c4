from __future__ import annotations

from airloom.bench.crew import Turn, turns
from airloom.bench.models import AIR, BASELINES

NAMED = {competitor.name: competitor for competitor in (*BASELINES, *AIR)}


def turn(seed: int, *names: str) -> Turn:
    return Turn(seed, tuple(NAMED[name] for name in names))


def test_models_that_share_an_encoder_take_turns_together_long_ones_first_and_counted_ones_last() -> None:
    found = turns((*BASELINES, *AIR), seeds=2)
    texts = ("sasrec_text", "boosted", "air_without_intents", "air_titles_for_intents")
    counted = ("popularity", "title_similarity", "item_cf", "item_cf_two_hop", "linear")
    assert found[:2] == [turn(0, *texts), turn(1, *texts)]
    assert found[2:6] == [turn(seed, name) for seed in (0, 1) for name in ("sasrec", "air")]
    assert found[6:] == [turn(0, *counted)]


def test_what_chance_has_no_part_in_is_judged_once() -> None:
    assert turns(BASELINES[:1], seeds=3) == [turn(0, "popularity")]


def test_what_is_done_is_not_done_again() -> None:
    done = {("air", 0), ("boosted", 1), ("sasrec_text", 1)}
    found = turns((*BASELINES[-2:], AIR[0]), seeds=2, done=lambda *which: which in done)
    assert found == [turn(0, "sasrec_text", "boosted"), turn(1, "air")]
