from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from airloom.knowledge.build_cards import write_cards
from airloom.knowledge.claims import Claim, Relation, claims_table
from airloom.logs.lake import Lake
from airloom.ranking.snapshot import Snapshot
from airloom.settings import parse
from airloom.statistics.cooccurrence import CooccurrenceSettings
from airloom.timestamps import EpochSeconds
from feature_repo.snapshot_settings import SnapshotSettings
from feature_repo.snapshots import snapshot_before
from feature_repo.store import open_store
from tests.airloom.intents.shop import HashingEncoder

BEGIN = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())
DAY = 86_400


class NoEncoder:
    """Every text was embedded when the features were built."""

    name = "hash"
    dimension = 8

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        raise AssertionError(texts)


def snapshot(lake: str, *, days: int) -> Snapshot:
    store = open_store(lake=lake)
    before = EpochSeconds(BEGIN + days * DAY)
    return snapshot_before(store, lake=lake, before=before, settings=SnapshotSettings(), encoder=NoEncoder())


def test_a_snapshot_of_the_past_knows_nothing_of_later_days(built: str) -> None:
    early = snapshot(built, days=2)
    assert early.objects.ids == ["cat-bed", "video-1"]
    assert early.objects.prices[0] == 20.0
    # ann watched and then bought; what `new` did on the third day does not count
    assert early.objects.popularity[0] == pytest.approx(5.0 * 0.5 ** (1 / 7))
    assert early.neighbors.offsets.tolist() == [0, 0, 1]


def test_the_newest_snapshot_knows_all(built: str) -> None:
    newest = snapshot(built, days=3)
    assert newest.objects.ids == ["cat-bed", "late-rope", "video-1"]
    assert newest.objects.titles[2] == "猫咪日常"
    assert newest.objects.active.tolist() == [True, True, False]
    assert np.allclose(np.linalg.norm(newest.objects.embeddings, axis=1), 1.0)
    leaf = newest.nodes.labels[newest.objects.leaves[0]]
    assert leaf == "cat beds"


def test_what_is_said_about_products_is_as_of_the_moment(built: str) -> None:
    early, newest = snapshot(built, days=2).attributes, snapshot(built, days=3).attributes
    categories = list(zip(newest.relations, newest.values, strict=True))[:3]
    assert categories == [("category", "cat beds"), ("category", "pets"), ("category", "sleep")]
    assert (early.products(0).tolist(), newest.products(0).tolist()) == ([0], [0, 1])


def test_a_retired_product_is_not_active(built: str) -> None:
    assert snapshot(built, days=5).objects.active.tolist() == [True, False, False]
    assert snapshot(built, days=4).objects.active.tolist() == [True, True, False]


def test_a_product_that_is_long_retired_leaves_the_snapshot(built: str) -> None:
    assert snapshot(built, days=65).objects.ids == ["cat-bed", "late-rope", "video-1"]

    later = snapshot(built, days=66)

    assert later.objects.ids == ["cat-bed", "video-1"]
    assert len(later.paths.offsets) == len(later.neighbors.offsets) == 3


def test_building_it_again_gives_the_same_content(built: str, tmp_path: Path) -> None:
    digests = {snapshot(built, days=3).save(tmp_path / name).digest for name in "ab"}
    assert len(digests) == 1


def test_cards_of_the_day_are_in_if_they_are_asked_for(built: str) -> None:
    store, before = open_store(lake=built), EpochSeconds(BEGIN + 3 * DAY)
    bed = Claim(Relation.TYPE, "bed of a cat", "rules", 1.0)
    later = bed._replace(value="of a day that is not over")
    for day, claim in ((2, bed), (4, later)):
        cards = claims_table({"cat-bed": [claim]}, version="v")
        write_cards(Lake(built), cards, day=date(2026, 3, day))
    encoder = HashingEncoder(dimension=8)
    encoder.name = "hash"  # the one that features were built with
    made = snapshot_before(
        store, lake=built, before=before, settings=SnapshotSettings(cards=True), encoder=encoder
    )
    plain = snapshot(built, days=3)
    card, *others = made.objects.card_embeddings
    assert encoder.encoded == [f"{plain.objects.titles[0]}. type: bed of a cat"]
    np.testing.assert_array_equal(card, encoder.encode(encoder.encoded[:1])[0])
    np.testing.assert_array_equal(others, plain.objects.embeddings[1:])
    assert not plain.objects.card_embeddings.size


def test_aliases_are_in_as_they_are_now(built: str) -> None:
    file = Lake(built).path("knowledge", "aliases.tsv")
    file.parent.mkdir(exist_ok=True)
    file.write_text("alias\tvalue\nkitty sofa\tCat Beds\nlamp\tlanterns\n", encoding="utf-8")
    try:
        attributes = snapshot(built, days=2).attributes
    finally:
        file.unlink()
    assert attributes.aliases == (("kitty sofa", attributes.values.index("cat beds")),)
    assert snapshot(built, days=2).attributes.aliases == ()


def test_settings_are_accepted_under_their_former_names() -> None:
    former = parse(SnapshotSettings, {"neighbours": {"through": 7}})
    assert former == SnapshotSettings(neighbors=CooccurrenceSettings(second_hop_width=7))
