from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from airloom.beyond_log.item_tokens import TokenSpace
from airloom.errors import AirloomError
from airloom.ranking.snapshot import Snapshot
from tests.airloom.beyond_log.small_generators import settings
from tests.airloom.ranking.small_shop import SmallShop


def without_first(snapshot: Snapshot) -> Snapshot:
    """The same shop under other row numbers: the first object is gone."""
    columns: Any = [column[1:] for column in snapshot.objects]
    links = snapshot.neighbors.offsets
    paths = snapshot.paths
    return replace(
        snapshot,
        objects=type(snapshot.objects)(*columns),
        paths=paths._replace(
            offsets=paths.offsets[1:] - paths.offsets[1],
            nodes=paths.nodes[paths.offsets[1] :],
            confidences=paths.confidences[paths.offsets[1] :],
        ),
        neighbors=snapshot.neighbors._replace(
            offsets=links[1:] - links[1], objects=snapshot.neighbors.objects[links[1] :]
        ),
    )


@pytest.mark.parametrize("codes", [False, True])
def test_objects_keep_their_tokens_in_a_later_snapshot(shop: SmallShop, codes: bool) -> None:
    seen = np.arange(0, 300, 2)
    space = TokenSpace.fit(shop.snapshot, seen, settings(codes=codes).tokens)
    then, later = space.tokens(shop.snapshot), space.tokens(without_first(shop.snapshot))
    known = np.arange(2, 300, 2)
    for column in range(then.codes.shape[1]):
        first, second = then.codes[known, column], later.codes[known - 1, column]
        assert (then.embedding_rows[column][first] == later.embedding_rows[column][second]).all()
        assert np.allclose(then.features[column][first], later.features[column][second])


def test_an_object_without_events_has_content_but_no_embedding(shop: SmallShop) -> None:
    space = TokenSpace.fit(shop.snapshot, np.arange(0, 300, 2), settings().tokens)
    tokens = space.tokens(shop.snapshot)
    assert (tokens.embedding_rows[0, 1::2] == 0).all()
    assert tokens.features[0, 1::2].any(axis=1).all()


def test_codes_tell_all_objects_apart(shop: SmallShop) -> None:
    space = TokenSpace.fit(shop.snapshot, np.arange(0, 300, 2), settings(codes=True).tokens)
    codes = space.tokens(shop.snapshot).codes
    assert codes.shape[1] == 2
    assert len(np.unique(codes, axis=0)) == len(codes)


def test_a_snapshot_of_another_encoder_is_refused(shop: SmallShop) -> None:
    space = TokenSpace.fit(shop.snapshot, np.arange(10), settings().tokens)
    objects = shop.snapshot.objects
    other = replace(shop.snapshot, objects=objects._replace(embeddings=objects.embeddings[:, :8]))
    with pytest.raises(AirloomError, match="reads text embeddings of 16 numbers, the snapshot has 8"):
        space.tokens(other)
