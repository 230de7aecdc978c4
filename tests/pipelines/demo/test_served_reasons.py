from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from airloom.logs.lake import Lake
from pipelines.demo.served_reasons import ServedReasons
from tests.model_service.shop import make_snapshot

TO_BLENDER = ["green smoothies at home", "kitchen", "small kitchen appliances", "smoothie blender"]


@pytest.fixture
def digest(tmp_path: Path) -> str:
    """Of the snapshot of the small shop, saved in the lake below `tmp_path`."""
    return make_snapshot().save(tmp_path / "lake" / "snapshots").digest


def page(digest: str, *, variant: str = "air", chain: list[str], cause: str = "intents") -> dict[str, Any]:
    """An answer with one product, whose reason shows the smoothie video."""
    event = {"object_id": "video-smoothie", "title": "", "action": "like", "at": ""}
    reason = {"chain": chain, "events": [event], "cause": cause, "text": ""}
    return {
        "variant": variant,
        "snapshot_digest": digest,
        "items": [{"object_id": "blender-02", "reason": reason}],
    }


def test_a_chain_that_the_shown_event_does_not_have_is_counted_as_untrue(tmp_path: Path, digest: str) -> None:
    served = ServedReasons(Lake(tmp_path / "lake"))
    served.add(page(digest, chain=TO_BLENDER))
    served.add(page(digest, chain=["green smoothies at home", "pets"]))
    counts = served.counts()["air"]
    assert (counts["products"], counts["chains"], counts["true_chains"]) == (2, 2, 1)


def test_variants_are_counted_apart(tmp_path: Path, digest: str) -> None:
    served = ServedReasons(Lake(tmp_path / "lake"))
    served.add(page(digest, chain=["kitchen"]))
    served.add(page(digest, variant="item_cf", chain=[], cause="bought_together"))
    counts = served.counts()
    assert counts["air"]["causes"] == {"intents": 1}
    assert (counts["item_cf"]["chains"], counts["item_cf"]["causes"]) == (0, {"bought_together": 1})
