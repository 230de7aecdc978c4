from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from airloom.errors import AirloomError
from airloom.logs.lake import Lake
from airloom.ranking.snapshot import Snapshot
from airloom.timestamps import EpochSeconds
from model_service.engine.engine import Engine
from model_service.http.readiness import readiness
from model_service.release.desired import (
    DesiredRelease,
    check_settings,
    current_digest,
    load_snapshot,
    read_desired_release,
)
from model_service.release.reloader import ReleaseReloader
from model_service.settings import ServiceSettings


def current_snapshot(lake: Lake) -> Snapshot:
    return load_snapshot(lake, current_digest(lake))


def publish(lake: Path, snapshot: Snapshot) -> Snapshot:
    saved = snapshot.save(lake / "snapshots")
    (lake / "snapshots" / "current.json").write_text(json.dumps({"digest": saved.digest}), encoding="utf-8")
    return saved


def test_the_current_snapshot_is_the_one_that_is_named(tmp_path: Path, snapshot: Snapshot) -> None:
    older = publish(tmp_path, replace(snapshot, before=EpochSeconds(1), versions={"vocabulary": "old"}))
    products = snapshot.objects._replace(popularity=snapshot.objects.popularity * 2)
    newer = publish(tmp_path, replace(snapshot, objects=products))
    assert older.digest != newer.digest
    assert current_snapshot(Lake(tmp_path)).digest == newer.digest


@pytest.mark.parametrize(
    "text",
    [None, "", "[]", "{}", "3", '"x"', "null", '{"digest":', "[" * 50_000, '{"digest":' + "9" * 5_000 + "}"],
)
def test_a_lake_without_a_snapshot_says_how_to_build_one(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "snapshots").mkdir()
        (tmp_path / "snapshots" / "current.json").write_text(text, encoding="utf-8")
    with pytest.raises(
        AirloomError, match=r"current\.json (is missing|does not name a snapshot).*airloom run"
    ):
        current_snapshot(Lake(tmp_path))


def test_a_named_snapshot_that_is_gone_says_so(tmp_path: Path) -> None:
    (tmp_path / "snapshots").mkdir()
    (tmp_path / "snapshots" / "current.json").write_text('{"digest": "0123456789abcdef"}', encoding="utf-8")
    with pytest.raises(AirloomError, match="0123456789abcdef is not a whole snapshot"):
        current_snapshot(Lake(tmp_path))


def test_a_snapshot_with_nothing_on_sale_is_refused(tmp_path: Path, snapshot: Snapshot) -> None:
    closed = np.zeros(len(snapshot.objects.ids), np.bool_)
    publish(tmp_path, replace(snapshot, objects=snapshot.objects._replace(active=closed)))
    with pytest.raises(AirloomError, match="holds no product on sale"):
        current_snapshot(Lake(tmp_path))


def test_what_is_not_there_yet_is_no_mistake(tmp_path: Path) -> None:
    check_settings(ServiceSettings(lake=str(tmp_path / "lake"), mlflow_uri="http://127.0.0.1:1"))
    assert list(tmp_path.iterdir()) == []


def test_what_no_waiting_mends_is_a_mistake(tmp_path: Path) -> None:
    experiment = tmp_path / "e.json"
    settings = ServiceSettings(lake=str(tmp_path), mlflow_uri="", experiment=experiment)
    with pytest.raises(AirloomError, match=r"The experiment file .* cannot be read"):
        check_settings(settings)
    one = {"name": "a", "share": 1.0, "ranker": "aire"}
    experiment.write_text(json.dumps({"name": "e", "salt": "", "control": "a", "variants": [one]}))
    with pytest.raises(AirloomError, match="'aire' names no ranker"):
        check_settings(settings)
    with pytest.raises(AirloomError, match="is not a local folder"):
        check_settings(ServiceSettings(lake="s3://bucket/lake?region=eu-west-1", mlflow_uri=""))


def test_a_snapshot_under_the_name_of_another_is_refused(tmp_path: Path, snapshot: Snapshot) -> None:
    saved = publish(tmp_path, snapshot)
    (tmp_path / "snapshots" / saved.digest).rename(tmp_path / "snapshots" / "0123456789abcdef")
    with pytest.raises(AirloomError, match=f"0123456789abcdef holds the snapshot '{saved.digest}'"):
        load_snapshot(Lake(tmp_path), "0123456789abcdef")


NO_POINTERS = [
    *(
        b"",
        b"[]",
        b"{}",
        b"3",
        b'"x"',
        b"null",
        b'{"digest":',
        b"[" * 50_000,
        b'{"digest": "\xff"}',
        b"\xef\xbb\xbf{}",
    ),
    *(b'{"digest":' + b"9" * 5_000 + b"}", b'{"digest": "\\ud800"}', b'{"digest": "0123456789abcdef"}'),
]


@pytest.mark.parametrize("pointer", NO_POINTERS)
def test_readiness_says_what_is_wrong_with_a_pointer(tmp_path: Path, pointer: bytes) -> None:
    (tmp_path / "snapshots").mkdir()
    (tmp_path / "snapshots" / "current.json").write_bytes(pointer)
    settings = ServiceSettings(lake=str(tmp_path), mlflow_uri=f"sqlite:///{tmp_path / 'none.db'}")

    def load(_: DesiredRelease) -> Engine:
        raise AssertionError("there is no registry")

    reloader = ReleaseReloader(lambda: read_desired_release(settings), load)
    reloader.poll()

    state = json.loads(readiness(reloader).model_dump_json())
    assert state["ready"] is False
    assert "current.json" in state["why"] or "model registry" in state["why"]


@pytest.mark.parametrize(
    "digest",
    ["", "../../etc", "\ud800", "ABCDEF0123456789", "\0", "a" * 60_000, 1234567890123456, None, ["a"], 1.5],
)
def test_a_pointer_that_names_no_digest_is_refused_in_a_sentence(tmp_path: Path, digest: object) -> None:
    (tmp_path / "snapshots").mkdir()
    (tmp_path / "snapshots" / "current.json").write_text(json.dumps({"digest": digest}), encoding="utf-8")

    with pytest.raises(AirloomError, match="which is no digest") as raised:
        current_digest(Lake(tmp_path))
    assert str(raised.value).encode()
    assert len(str(raised.value)) < len(str(tmp_path)) + 200
