from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from airloom.causes import Cause
from airloom.intents.linking.nodes import NO_NODE
from airloom.ranking.history import ACTION_CODE, UserHistory
from airloom.ranking.reasons.reasons import Attribution
from airloom.ranking.snapshot import Snapshot
from model_service.engine.reasons import to_api_reasons
from tests.model_service.shop import APPLIANCES, KITCHEN, NOON, SMOOTHIES

BLENDER_1 = 1
"""Its row in the snapshot; Blender 2 follows."""


def make_history(snapshot: Snapshot) -> UserHistory:
    """A video viewed, then a blender put into the cart."""
    return UserHistory(
        np.array([snapshot.index["video-smoothie"], snapshot.index["blender-02"]], np.int32),
        np.array([ACTION_CODE["view"], ACTION_CODE["cart"]], np.int8),
        np.array([NOON - 120, NOON - 60]),
    )


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (
            Attribution(Cause.INTENTS, [SMOOTHIES, KITCHEN, APPLIANCES], [0]),
            "fits your interest: green smoothies at home → kitchen → small kitchen appliances",
        ),
        (Attribution(Cause.BOUGHT_TOGETHER, [], [1, 0]), "chosen with Blender 2"),
        (Attribution(Cause.REPEAT, [], [1]), "you chose it before: cart"),
        (Attribution(Cause.TITLE, [], [0]), "similar to Three green smoothies"),
        (Attribution(Cause.SEQUENCE, [], [1, 0]), "likely next, after Blender 2"),
        (Attribution(Cause.PRICE, [], [1]), "priced like Blender 2"),
        (Attribution(Cause.POPULARITY, [], []), "popular in smoothie blender"),
        (
            Attribution(Cause.INFERRED, [], [], behavior=BLENDER_1),
            "like Blender 1, which you may want next (inferred, not in your log)",
        ),
        (
            Attribution(Cause.INFERRED, [], [], behavior=BLENDER_1 + 1),
            "you may want it next (inferred, not in your log)",
        ),
        (Attribution(Cause.REMAINING, [], []), "the best of the other candidates"),
    ],
)
def test_every_cause_has_its_sentence(snapshot: Snapshot, reason: Attribution, text: str) -> None:
    product = snapshot.index["blender-02"]
    [given] = to_api_reasons(snapshot, make_history(snapshot), [product], [reason])
    assert (given.cause, given.text) == (reason.cause, text)


def test_chain_and_events_have_labels_titles_and_times(snapshot: Snapshot) -> None:
    reason = Attribution(Cause.INTENTS, [KITCHEN, APPLIANCES], [1, 0])
    [given] = to_api_reasons(snapshot, make_history(snapshot), [0], [reason])
    assert given.chain == ["kitchen", "small kitchen appliances"]
    assert [(event.object_id, event.title, event.action) for event in given.events] == [
        ("blender-02", "Blender 2", "cart"),
        ("video-smoothie", "Three green smoothies", "view"),
    ]
    assert [event.at.timestamp() for event in given.events] == [NOON - 60, NOON - 120]


def test_a_product_without_a_category_is_popular_and_an_object_without_a_title_has_its_id(
    snapshot: Snapshot,
) -> None:
    leaves = np.full_like(snapshot.objects.leaves, NO_NODE)
    titles = [""] * len(snapshot.objects.titles)
    snapshot = replace(snapshot, objects=snapshot.objects._replace(leaves=leaves, titles=titles))
    reasons = [Attribution(Cause.POPULARITY, [], []), Attribution(Cause.BOUGHT_TOGETHER, [], [0])]
    popular, together = to_api_reasons(snapshot, make_history(snapshot), [0, 0], reasons)
    assert (popular.text, together.text) == ("popular", "chosen by people who saw video-smoothie")
