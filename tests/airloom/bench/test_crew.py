from __future__ import annotations

from airloom.bench.crew import Turn, turns
from airloom.bench.models import AIR, BASELINES


def test_models_that_share_an_encoder_take_turns_together_and_long_turns_begin() -> None:
    found = turns((*BASELINES, *AIR), seeds=2)
    texts = ("sasrec_text", "boosted", "air_without_intents", "air_titles_for_intents")
    counted = ("popularity", "title_similarity", "item_cf", "item_cf_two_hop", "linear")
    assert found[0] == Turn(0, counted)
    assert found[1:3] == [Turn(0, texts), Turn(1, texts)]
    assert sorted(found[3:]) == [Turn(seed, (name,)) for seed in (0, 1) for name in ("air", "sasrec")]


def test_what_chance_has_no_part_in_is_judged_once() -> None:
    assert turns(BASELINES[:1], seeds=3) == [Turn(0, ("popularity",))]
