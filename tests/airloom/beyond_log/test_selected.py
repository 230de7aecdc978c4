from __future__ import annotations

import numpy as np

from airloom.beyond_log.controls import ItemCfBehaviors
from airloom.beyond_log.selected import SelectedBehaviors
from airloom.beyond_log.selection import Selection
from airloom.beyond_log.settings import SelectionSettings
from tests.airloom.ranking.small_shop import NOW, SmallShop

FIVE = SelectionSettings(min_similarity=-1.0, limit=5)


def test_it_proposes_what_the_rules_keep(shop: SmallShop) -> None:
    histories = [shop.history(seed) for seed in range(4)]
    source, rules = ItemCfBehaviors(shop.snapshot), Selection(shop.snapshot, FIVE)
    names = list("abcd")
    selected = SelectedBehaviors(source, rules).propose(names, histories, NOW)
    for proposed, history, kept in zip(
        source.propose(names, histories, NOW), histories, selected, strict=True
    ):
        expected = rules.select(proposed, history)
        np.testing.assert_array_equal(kept.products, expected.products)
        np.testing.assert_array_equal(kept.weights, expected.weights)
        assert 0 < len(kept.products) <= 5


def test_other_rules_are_another_version(shop: SmallShop) -> None:
    source = ItemCfBehaviors(shop.snapshot)
    versions = {
        SelectedBehaviors(source, Selection(shop.snapshot, rules)).version
        for rules in (FIVE, SelectionSettings())
    }
    assert len({source.version, *versions}) == 3
