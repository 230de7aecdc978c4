from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from airloom.errors import AirloomError
from airloom.ranking.snapshot import Snapshot
from airloom.ranking.snapshot_files import MANIFEST
from tests.airloom.ranking.small_shop import small_snapshot


def test_what_was_saved_is_what_is_loaded(tmp_path: Path) -> None:
    saved = small_snapshot().save(tmp_path)
    loaded = Snapshot.load(tmp_path / saved.digest)
    for part in ("nodes", "objects", "texts", "paths", "neighbors"):
        for before, after in zip(getattr(saved, part), getattr(loaded, part), strict=True):
            np.testing.assert_array_equal(before, after)
    assert (loaded.digest, loaded.before, loaded.versions) == (saved.digest, saved.before, saved.versions)


def test_cards_are_kept_and_cost_nothing_where_there_are_none(tmp_path: Path) -> None:
    shop = small_snapshot()
    without = shop.save(tmp_path)
    cards = np.roll(shop.objects.embeddings, 1, axis=0)
    saved = replace(shop, objects=shop.objects._replace(card_embeddings=cards)).save(tmp_path)
    loaded = Snapshot.load(tmp_path / saved.digest, keep=True)
    np.testing.assert_array_equal(loaded.objects.card_embeddings, cards)
    assert saved.digest != without.digest
    assert not (tmp_path / without.digest / "card_embeddings.npy").exists()

    (tmp_path / saved.digest / "card_embeddings.npy").unlink()
    with pytest.raises(AirloomError, match="does not hold the snapshot"):
        Snapshot.load(tmp_path / saved.digest, keep=True)


def test_the_currency_is_kept_and_costs_nothing_where_nobody_says_it(tmp_path: Path) -> None:
    without = small_snapshot().save(tmp_path)
    saved = replace(small_snapshot(), currency="EUR").save(tmp_path)
    assert Snapshot.load(tmp_path / saved.digest, keep=True).currency == "EUR"
    assert Snapshot.load(tmp_path / without.digest).currency == ""
    assert saved.digest != without.digest
    assert not (tmp_path / without.digest / "currency.arrow").exists()


def test_chinese_titles_survive(tmp_path: Path) -> None:
    shop = small_snapshot()
    titles = ["猫咪日常", *shop.objects.titles[1:]]
    saved = replace(shop, objects=shop.objects._replace(titles=titles)).save(tmp_path)
    assert Snapshot.load(tmp_path / saved.digest).objects.titles[0] == "猫咪日常"


def test_the_digest_is_that_of_the_content(tmp_path: Path) -> None:
    shop = small_snapshot()
    assert shop.save(tmp_path).digest == small_snapshot().save(tmp_path / "elsewhere").digest
    prices = shop.objects.prices.copy()
    prices[0] += 1
    confidences = shop.paths.confidences * np.float32(0.5)
    others = [
        replace(shop, objects=shop.objects._replace(prices=prices)),
        replace(shop, paths=shop.paths._replace(confidences=confidences)),
        replace(shop, nodes=shop.nodes._replace(labels=["other", *shop.nodes.labels[1:]])),
        replace(shop, texts=shop.texts._replace(nodes=shop.texts.nodes * np.float32(0.5))),
        replace(shop, neighbors=shop.neighbors._replace(weights=shop.neighbors.weights * np.float32(2))),
    ]
    digests = {changed.save(tmp_path).digest for changed in [shop, *others]}
    assert len(digests) == 6


def test_a_folder_that_is_no_snapshot_is_named(tmp_path: Path) -> None:
    with pytest.raises(AirloomError, match="is not a whole snapshot"):
        Snapshot.load(tmp_path)


@pytest.mark.parametrize("name", ["objects.arrow", "nodes.arrow", "path_nodes.npy", "object_texts.npy"])
@pytest.mark.parametrize("kept", [None, 0, 40, -100])
def test_a_damaged_file_is_one_sentence(tmp_path: Path, name: str, kept: int | None) -> None:
    """The file is gone, empty, or cut short at its head or its end."""
    folder = tmp_path / small_snapshot().save(tmp_path).digest
    whole = (folder / name).read_bytes()
    (folder / name).unlink()
    if kept is not None:
        (folder / name).write_bytes(whole[:kept])
    with pytest.raises(AirloomError, match=r"is not a whole snapshot.*airloom run daily"):
        Snapshot.load(folder)


@pytest.mark.parametrize(
    "name",
    ["objects.arrow", "nodes.arrow", "object_embeddings.npy", "path_nodes.npy", "neighbour_weights.npy"],
)
def test_what_is_served_has_the_content_of_its_digest(tmp_path: Path, name: str) -> None:
    folder = tmp_path / small_snapshot().save(tmp_path).digest
    whole = (folder / name).read_bytes()
    random = np.random.default_rng(1).bytes(len(whole) // 2)
    (folder / name).write_bytes(whole[: len(whole) - len(random)] + random)
    with pytest.raises(AirloomError, match=r"is not a whole snapshot|does not hold the snapshot"):
        Snapshot.load(folder, keep=True)
    (folder / name).write_bytes(whole)
    assert Snapshot.load(folder, keep=True).digest == folder.name


@pytest.mark.parametrize("manifest", ["", "{}", "[]", '{"digest": "d", "as_of": "noon", "versions": {}}'])
def test_a_manifest_that_lacks_something_is_one_sentence(tmp_path: Path, manifest: str) -> None:
    folder = tmp_path / small_snapshot().save(tmp_path).digest
    (folder / MANIFEST).write_text(manifest)
    with pytest.raises(AirloomError, match="is not a whole snapshot"):
        Snapshot.load(folder)


def test_events_become_rows_in_the_order_of_time() -> None:
    shop = small_snapshot()
    history = shop.history(
        ["o0002", "unknown", "o0001", "o0003"], ["order", "view", "view", "stare"], [20, 5, 10, 7]
    )
    assert history.objects.tolist() == [1, 2]
    assert history.timestamps.tolist() == [10, 20]


def test_events_of_one_second_stay_as_they_were_given() -> None:
    """Whoever reads them knows microseconds, or their order; the rows of the objects say nothing."""
    shop = small_snapshot()
    history = shop.history(["o0003", "o0001", "o0002"], ["view"] * 3, [20, 20, 10])
    assert history.objects.tolist() == [2, 3, 1]


def test_an_event_that_was_delivered_twice_counts_once() -> None:
    shop = small_snapshot()
    history = shop.history(["o0003", "o0001", "o0003"], ["view", "view", "view"], [20, 20, 20])
    assert history.objects.tolist() == [3, 1]
    history = shop.history(["o0003"] * 3, ["view", "click", "view"], [20, 20, 21])
    assert len(history.objects) == 3


def test_inferred_behaviors_of_unknown_objects_are_left_out() -> None:
    inferred = small_snapshot().inferred(["o0007", "gone", "o0003"], [0.5, 0.3, 0.1])
    assert inferred.products.tolist() == [7, 3]
    np.testing.assert_allclose(inferred.weights, [0.5, 0.1])
    with pytest.raises(ValueError, match="differ in length"):
        small_snapshot().inferred(["o0007"], [])
