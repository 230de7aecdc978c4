from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from airloom.assistant.graph.need_words import MAX_NEEDS, NeedWords
from airloom.intents.linking.nodes import NEED
from tests.airloom.ranking.small_shop import LEAVES, MIDS, PRODUCTS, TOPS, small_snapshot

SHOP = small_snapshot()
FIRST_LEAF, FIRST_NEED = TOPS + TOPS * MIDS, TOPS + TOPS * MIDS + TOPS * MIDS * LEAVES
"""Need v is that of video v, and leads to leaf v % 24."""
NAMES = {0: "begun bouldering", 1: "bouldering outdoors", 2: "quiet home", 24: "begun bouldering"}
LABELS = [NAMES.get(node - FIRST_NEED, label) for node, label in enumerate(SHOP.nodes.labels)]
NEEDS = NeedWords.of(replace(SHOP, nodes=SHOP.nodes._replace(labels=LABELS)))


def test_needs_are_found_by_the_words_of_their_labels_the_closest_first() -> None:
    near = NEEDS.nearest(("just", "begun", "bouldering"))
    assert [need.node - FIRST_NEED for need in near] == [0, 24, 1]
    assert near[0].closeness == near[1].closeness > near[2].closeness > 0
    assert NEEDS.nearest(("begun", "bouldering"))[0].closeness == pytest.approx(1)
    assert NEEDS.nearest(()) == NEEDS.nearest(("unheard",)) == []
    assert len(NEEDS.nearest(("node",))) <= MAX_NEEDS


def test_products_of_the_categories_that_a_need_leads_to_get_a_score() -> None:
    count = len(SHOP.objects.ids)
    scores = NEEDS.scores(NEEDS.nearest(("quiet", "home")), count)
    assert np.flatnonzero(scores).tolist() == list(range(2 * PRODUCTS, 3 * PRODUCTS))
    assert scores.max() == pytest.approx(1)
    assert NEEDS.leads_to(FIRST_NEED + 2, FIRST_LEAF + 2)
    assert not NEEDS.leads_to(FIRST_NEED + 2, FIRST_LEAF + 3)


def test_a_need_that_leads_to_much_says_little_of_each() -> None:
    """Video 1 names the need of video 0 and another leaf, so that need leads to two categories."""
    paths = SHOP.paths.nodes.copy()
    videos = np.flatnonzero((SHOP.nodes.kinds[paths[:, 0]] == NEED) & (paths[:, 0] == FIRST_NEED + 1))
    paths[videos, 0] = FIRST_NEED
    needs = NeedWords.of(
        replace(
            SHOP,
            nodes=SHOP.nodes._replace(labels=LABELS),
            paths=SHOP.paths._replace(nodes=paths),
        )
    )
    scores = needs.scores(needs.nearest(("begun", "bouldering"))[:1], len(SHOP.objects.ids))
    assert np.flatnonzero(scores).tolist() == list(range(2 * PRODUCTS))
    assert scores[: 2 * PRODUCTS] == pytest.approx(0.5)


def test_products_that_are_not_on_sale_lead_nowhere() -> None:
    objects = SHOP.objects._replace(active=SHOP.objects.active & (SHOP.objects.leaves != FIRST_LEAF + 2))
    gone = NeedWords.of(replace(SHOP, nodes=SHOP.nodes._replace(labels=LABELS), objects=objects))
    assert [need.node - FIRST_NEED for need in gone.nearest(("quiet",))] == []
