from __future__ import annotations

from airloom.bench.models import AIR, BASELINES
from airloom.bench.workers import TrainingGroup, training_groups

SPECS = {spec.name: spec for spec in (*BASELINES, *AIR)}


def group(seed: int, *names: str) -> TrainingGroup:
    return TrainingGroup(seed, tuple(SPECS[name] for name in names))


def test_models_that_share_towers_are_trained_together_long_ones_first_and_counted_ones_last() -> None:
    groups = training_groups((*BASELINES, *AIR), seeds=2)
    shared = ("sasrec_text", "boosted", *(spec.name for spec in AIR))
    counted = ("popularity", "title_similarity", "item_cf", "item_cf_two_hop", "linear")
    assert groups[:2] == [group(0, *shared), group(1, *shared)]
    assert groups[2:4] == [group(seed, "sasrec") for seed in (0, 1)]
    assert groups[4:] == [group(0, *counted)]


def test_what_chance_has_no_part_in_is_judged_once() -> None:
    assert training_groups(BASELINES[:1], seeds=3) == [group(0, "popularity")]


def test_what_is_done_is_not_done_again() -> None:
    done = {("air", 0), ("boosted", 1), ("sasrec_text", 1)}
    groups = training_groups((*BASELINES[-2:], AIR[0]), seeds=2, is_done=lambda *which: which in done)
    assert groups == [group(0, "sasrec_text", "boosted"), group(1, "air")]
