"""The files that ConfigMaps carry into the pods are understood by what reads them there."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from airloom.experiments.experiment import Experiment
from airloom.settings import parse
from k8s.check.__main__ import OVERLAYS

BASE = OVERLAYS.parent / "base"


def test_experiment_is_valid() -> None:
    text = (BASE / "service" / "experiment.yaml").read_text(encoding="utf-8")

    assert parse(Experiment, yaml.safe_load(text)).control == "item_cf"


def test_feature_store_opens_with_redis_online(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from feature_repo.store import open_store

    monkeypatch.setenv("REDIS_PASSWORD", "s3cret")

    store = open_store(lake=str(tmp_path), config=str(BASE / "feature_store.yaml"))

    assert store.config.online_store.connection_string == "airloom-redis:6379,password=s3cret"
    assert store.config.registry.path == f"{tmp_path}/feast/registry.db"


def test_feature_store_differs_from_the_local_one_in_the_online_store_alone() -> None:
    from feature_repo.store import LOCAL

    ours, local = (
        yaml.safe_load(file.read_text(encoding="utf-8")) for file in (BASE / "feature_store.yaml", LOCAL)
    )

    assert ours.pop("online_store") != local.pop("online_store")
    assert ours == local
