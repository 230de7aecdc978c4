"""The step as Kubeflow's local runner runs it, in a process of its own."""

from __future__ import annotations

import json
from pathlib import Path

from kfp import local

from airloom.intents.linking.settings import LinkingSettings
from airloom.intents.sentence_encoder import SentenceEncoder
from airloom.ranking.snapshot import Snapshot
from components.build_features.build import build
from components.build_snapshot.component import build_snapshot
from feature_repo.store import apply, open_store
from tests.feature_repo.small_lake import LAST, deliver, midnight


def test_publishes_a_snapshot_and_describes_it(tmp_path: Path) -> None:
    lake = deliver(tmp_path / "lake")
    build(lake.root, day=LAST, encoder=SentenceEncoder(), settings=LinkingSettings())
    lake.path("knowledge").mkdir()
    aliases = lake.path("knowledge", "aliases.tsv")
    aliases.write_text("alias\tvalue\nkitty sofa\tcat beds\nlamp\tlanterns\n", encoding="utf-8")
    apply(open_store(lake=lake.root), lake=lake.root)
    local.init(
        local.SubprocessRunner(use_venv=False), pipeline_root=str(tmp_path / "run"), raise_on_error=True
    )

    settings = {"keep": 2.0, "popularity": {"half_life_days": 3.0}}
    task = build_snapshot(lake=lake.root, day=str(LAST), feature_store="", settings=settings)

    pointer = json.loads(lake.path("snapshots", "current.json").read_text(encoding="utf-8"))
    assert pointer == {"digest": task.outputs["digest"], "as_of": midnight(3)}
    assert task.outputs["snapshot"].metadata["as_of"] == midnight(3)
    assert task.outputs["snapshot"].metadata["aliases"] == 1
    read = Snapshot.load(lake.path("snapshots", pointer["digest"]))
    assert read.objects.ids == ["cat-bed", "late-rope", "video-1"]
    assert task.outputs["objects"] == 3
