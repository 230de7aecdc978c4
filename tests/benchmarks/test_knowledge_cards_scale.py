from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from airloom.logs.lake import Lake
from benchmarks.knowledge_cards_scale import FIRST_DAY, answer_for_agents, build_day, fill_day, link_day
from tests.airloom.intents.shop import HashingEncoder


def test_a_second_day_has_cards_of_all_products_and_encodes_less(tmp_path: Path) -> None:
    lake, figures = Lake(tmp_path), []
    for number, (first, new) in enumerate(((0, 300), (300, 3))):
        day = FIRST_DAY + timedelta(days=number)
        fill_day(lake, day, first_product=first, products=new)
        link_day(lake, day, HashingEncoder())
        answer_for_agents(lake, day)
        figures.append(build_day(lake, day, HashingEncoder()))

    first_day, second_day = figures
    assert first_day["claims"] > 3 * 300  # a type, and two values of the agent
    assert second_day["claims"] > 3 * 303
    assert 0 < second_day["texts_encoded"] < first_day["texts_encoded"] / 10
