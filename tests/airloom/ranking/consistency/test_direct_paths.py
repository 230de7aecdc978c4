from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from airloom.intents.encoding import EmbeddingCache
from airloom.intents.import_answers import import_answers
from airloom.intents.linking.nodes import NO_NODE
from airloom.intents.linking.resolve_objects import resolve_objects
from airloom.intents.linking.settings import LinkingSettings
from airloom.intents.paths import IntentPath
from airloom.logs.lake import Lake
from airloom.ranking.consistency.direct_paths import DirectPaths, direct_paths, merchant_objects
from tests.airloom.intents.shop import DAY, HashingEncoder, contents, reply, shop, write_replies

CAT = IntentPath(("cosy cats", "cats", "cat bed"), 0.6)
SETTINGS = LinkingSettings()


@pytest.fixture
def encoder() -> HashingEncoder:
    return HashingEncoder()


@pytest.fixture
def lake(tmp_path: Path, encoder: HashingEncoder) -> Lake:
    """A shop after a daily run, whose vocabulary knows one need."""
    lake = shop(tmp_path / "lake")
    answered = write_replies(tmp_path / "replies.jsonl", reply("c1", (CAT.labels, CAT.confidence)))
    import_answers(lake, answered, model="m")
    resolve_objects(lake, through=DAY, encoder=encoder, settings=SETTINGS)
    return lake


def resolved(lake: Lake, encoder: HashingEncoder, *readings: tuple[IntentPath, ...]) -> DirectPaths:
    cache = EmbeddingCache(lake, encoder, keep=False)
    objects = merchant_objects(lake, cache, day=DAY)
    return direct_paths(lake, readings, objects=objects, cache=cache, settings=SETTINGS)


def walks(direct: DirectPaths, reading: int) -> dict[tuple[str, ...], float]:
    nodes, paths = direct
    rows = range(paths.offsets[reading], paths.offsets[reading + 1])
    return {
        tuple(nodes.labels[node] for node in paths.nodes[row] if node != NO_NODE): float(
            paths.confidences[row]
        )
        for row in rows
    }


def test_a_reading_means_what_the_same_answer_about_an_object_means(
    lake: Lake, encoder: HashingEncoder
) -> None:
    intents = resolve_objects(lake, through=DAY, encoder=encoder, settings=SETTINGS)
    row = next(row for row in intents.table.to_pylist() if row["object_id"] == "c1")
    starts = np.cumsum([0, *row["lengths"]])
    expected = {
        tuple(intents.nodes.labels[node] for node in row["nodes"][start:end]): confidence
        for start, end, confidence in zip(starts[:-1], starts[1:], row["confidences"], strict=True)
    }

    assert walks(resolved(lake, encoder, (CAT,)), 0) == pytest.approx(expected)


def test_labels_that_lead_to_the_same_nodes_support_each_other(lake: Lake, encoder: HashingEncoder) -> None:
    beds = ("pet supplies", "cats", "cat beds")

    direct = resolved(lake, encoder, (IntentPath(beds, 0.5), IntentPath(beds, 0.4)))

    assert walks(direct, 0) == pytest.approx({("Pet Supplies", "Cats", "Cat Beds"): 0.7})


def test_readings_stay_apart_and_an_empty_one_has_no_path(lake: Lake, encoder: HashingEncoder) -> None:
    grinder = IntentPath(("kitchen", "coffee", "coffee grinders"), 0.3)

    direct = resolved(lake, encoder, (), (grinder,), (), (CAT, grinder))

    assert walks(direct, 0) == walks(direct, 2) == {}
    assert walks(direct, 1) == pytest.approx({("Kitchen", "Coffee", "Coffee Grinders"): 0.3})
    assert len(walks(direct, 3)) == 1 + SETTINGS.split
    assert walks(resolved(lake, encoder, ()), 0) == {}


def test_the_lake_stays_as_it_is_and_new_needs_come_after_the_stored_nodes(
    lake: Lake, encoder: HashingEncoder
) -> None:
    stored = resolve_objects(lake, through=DAY, encoder=encoder, settings=SETTINGS).nodes
    before = contents(Path(lake.root))

    direct = resolved(lake, encoder, (CAT, IntentPath(("barista at home", "kitchen", "milk frother"), 0.5)))

    assert contents(Path(lake.root)) == before
    assert direct.nodes.labels == [*stored.labels, "barista at home"]
    np.testing.assert_array_equal(direct.nodes.embeddings[: len(stored.labels)], stored.embeddings)
