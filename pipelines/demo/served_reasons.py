"""The reasons of served pages, checked against the snapshot that each page was made with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from airloom.logs.lake import Lake
from airloom.ranking.reasons.faithfulness import Faithfulness, ShownReason
from airloom.ranking.snapshot import Snapshot


class ServedReasons:
    """Counts true reasons by variant.

    Args:
        lake: Where the snapshots are.
    """

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._snapshots: dict[str, Snapshot] = {}
        self._checked: dict[str, Faithfulness] = defaultdict(Faithfulness)

    def add(self, page: Mapping[str, Any]) -> None:
        """Check every reason of an answer of `POST /v1/rank`."""
        snapshot = self._snapshot(page["snapshot_digest"])
        for item in page["items"]:
            reason = item["reason"]
            objects = [event["object_id"] for event in reason["events"]]
            shown = ShownReason(item["object_id"], reason["cause"], reason["chain"], objects)
            self._checked[page["variant"]].add(snapshot, shown)

    def counts(self) -> dict[str, dict[str, Any]]:
        """Return what `Faithfulness.total` reads, by variant."""
        return {variant: asdict(checked) for variant, checked in sorted(self._checked.items())}

    def _snapshot(self, digest: str) -> Snapshot:
        if digest not in self._snapshots:
            self._snapshots[digest] = Snapshot.load(self._lake.path("snapshots", digest))
        return self._snapshots[digest]
