from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest

from airloom.beyond_log import infer
from airloom.beyond_log.controls import ItemCfBehaviors
from airloom.beyond_log.generated import GeneratedBehaviors
from airloom.beyond_log.generator import BehaviorGenerator
from airloom.beyond_log.infer import BEHAVIOR_ROWS, infer_behaviors
from airloom.beyond_log.selection import RULES, Selection
from airloom.beyond_log.settings import SelectionSettings
from airloom.logs.contract import ACTIONS
from tests.airloom.ranking.small_shop import NOW, SmallShop

LENIENT = SelectionSettings(min_samples=1, min_similarity=-1.0)


def history_rows(shop: SmallShop, users: Sequence[int]) -> pa.RecordBatch:
    ids = shop.snapshot.objects.ids
    past = [shop.history(user, events=10) for user in users]
    return pa.RecordBatch.from_pydict(
        {
            "user_id": [f"u{user}" for user in users],
            "object_ids": [[ids[row] for row in history.objects] for history in past],
            "actions": [[ACTIONS[code] for code in history.actions] for history in past],
            "timestamps": [history.timestamps.tolist() for history in past],
        }
    )


def rows_by_user(table: pa.Table) -> dict[str, list[dict[str, object]]]:
    rows: dict[str, list[dict[str, object]]] = {}
    for row in table.to_pylist():
        rows.setdefault(row["user_id"], []).append(row)
    return rows


def test_chunks_and_order_change_nothing(
    generator: BehaviorGenerator, shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = GeneratedBehaviors(generator, shop.snapshot)
    selection = Selection(shop.snapshot, LENIENT)

    def inferred(*batches: Sequence[int]) -> pa.Table:
        parts = infer_behaviors(
            source, selection, shop.snapshot, [history_rows(shop, batch) for batch in batches], now=NOW
        )
        return pa.concat_tables([part.table for part in parts])

    whole = inferred(range(40))
    monkeypatch.setattr(infer, "CHUNK_SIZE", 7)
    assert rows_by_user(inferred(range(39, 15, -1), range(16))) == rows_by_user(whole)
    assert whole.schema == BEHAVIOR_ROWS


def test_a_row_names_its_source_and_its_moment(generator: BehaviorGenerator, shop: SmallShop) -> None:
    source = GeneratedBehaviors(generator, shop.snapshot)
    [part] = infer_behaviors(
        source, Selection(shop.snapshot, LENIENT), shop.snapshot, [history_rows(shop, range(5))], now=NOW
    )
    row = part.table.to_pylist()[0]
    assert (row["source"], row["version"]) == ("generated", generator.version)
    assert row["as_of"].timestamp() == NOW
    assert 0 < row["weight"] <= 1


def test_shares_of_rejected_proposals_are_returned(shop: SmallShop) -> None:
    [part] = infer_behaviors(
        ItemCfBehaviors(shop.snapshot),
        Selection(shop.snapshot, SelectionSettings(limit=1, min_similarity=-1.0, max_per_category=99)),
        shop.snapshot,
        [history_rows(shop, range(30))],
        now=NOW,
    )
    assert list(part.rejected) == list(RULES)
    kept = part.table.num_rows
    assert kept == part.users == 30
    assert part.rejected["limit"] == pytest.approx((part.proposed - kept) / part.proposed)
    assert sum(part.rejected.values()) < 1


def test_nobody_and_users_without_events(generator: BehaviorGenerator, shop: SmallShop) -> None:
    source, selection = GeneratedBehaviors(generator, shop.snapshot), Selection(shop.snapshot)
    assert list(infer_behaviors(source, selection, shop.snapshot, [], now=NOW)) == []
    empty = history_rows(shop, [1]).slice(0, 1).to_pydict() | {
        "object_ids": [None],
        "actions": [None],
        "timestamps": [None],
    }
    types = history_rows(shop, [1]).schema
    [part] = infer_behaviors(
        source, selection, shop.snapshot, [pa.RecordBatch.from_pydict(empty, types)], now=NOW
    )
    assert part.table.num_rows == 0  # nothing is near to no intents
    assert part.users == 1
    assert np.isclose(sum(part.rejected.values()), 1)
