from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from airloom.errors import AirloomError
from airloom.logs.contract import EVENTS, EXPOSURES
from airloom.logs.lake import Lake
from components.monitor_drift.columns import read_columns
from components.monitor_drift.component import monitor_drift
from components.monitor_drift.settings import DriftSettings
from feature_repo.tables import OBJECT_INTENTS, OBJECT_PROFILE, USER_HISTORY
from tests.offline_browser import OfflineBrowser

DAY = date(2026, 3, 9)
OBJECTS = 60


class DriftMetrics(dict[str, float]):
    def log_metric(self, name: str, value: float) -> None:
        self[name] = value


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def write_day(lake: Lake, day: date, *, shifted: bool) -> None:
    """Four hundred users of one day; on a shifted day they buy more, of other things, at other prices."""
    rng = np.random.default_rng(day.toordinal())
    users, rows = 400, 2000
    who = rng.integers(0, users, rows)
    what = (OBJECTS // 2 * rng.random(rows) ** 3).astype(int) + (OBJECTS // 2 if shifted else 0)
    is_order = rng.random(rows) < (0.4 if shifted else 0.1)
    seconds = rng.integers(0, 86_400, rows)
    moments = [midnight(day) + timedelta(seconds=int(s)) for s in seconds]
    names = [f"o{number:03d}" for number in what]
    events = {
        "user_id": [f"u{number:03d}" for number in who],
        "ts": moments,
        "domain": np.where(is_order, "commerce", "content").tolist(),
        "action": np.where(is_order, "order", "view").tolist(),
        "object_id": names,
        "dwell_s": rng.gamma(2, 30 if shifted else 10, rows),
        "quantity": pa.array(np.ones(rows, np.int64), mask=~is_order),
        "unit_price": pa.array(rng.gamma(4, 15 if shifted else 5, rows), mask=~is_order),
    }
    lake.write(EVENTS, day, pa.table(events))
    stamps = [
        sorted(int(m.timestamp()) for m, w in zip(moments, who, strict=True) if w == u) for u in range(users)
    ]
    history = {
        "user_id": [f"u{number:03d}" for number in range(users)],
        "object_ids": [["o000"] * len(times) for times in stamps],
        "actions": [["view"] * len(times) for times in stamps],
        "timestamps": stamps,
        "event_timestamp": [midnight(day) + timedelta(days=1)] * users,
    }
    lake.write(USER_HISTORY, day, pa.table(history, schema=USER_HISTORY.stored_schema))
    shown = {
        "request_id": [f"{day}-{number}" for number in range(500)],
        "ts": [midnight(day)] * 500,
        "user_id": ["u001"] * 500,
        "experiment": ["home"] * 500,
        "variant": rng.choice(["air", "item_cf"], 500).tolist(),
        "position": [0] * 500,
        "object_id": ["o000"] * 500,
        "score": rng.normal(2.0 if shifted else 0.0, 1.0, 500),
        "model_version": ["1"] * 500,
        "snapshot_digest": ["d"] * 500,
    }
    lake.write(EXPOSURES, day, pa.table(shown))


def make_lake(root: Path, *, shifted: bool) -> Lake:
    lake = Lake(root)
    rng = np.random.default_rng(0)
    start = DAY - timedelta(days=7)
    names = [f"o{number:03d}" for number in range(OBJECTS)]
    vectors = np.where(np.arange(OBJECTS)[:, None] < OBJECTS // 2, [1.0, 0.0], [0.0, 1.0])
    vectors = vectors + rng.normal(0, 0.1, vectors.shape)
    profile = {
        "object_id": names,
        "domain": ["content"] * OBJECTS,
        "title": names,
        "category_path": [[]] * OBJECTS,
        "price": [None] * OBJECTS,
        "stock": [-1] * OBJECTS,
        "published_at": [-1] * OBJECTS,
        "retired_at": [-1] * OBJECTS,
        "embedding": (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).tolist(),
        "event_timestamp": [midnight(start)] * OBJECTS,
    }
    lake.write(OBJECT_PROFILE, start, pa.table(profile, schema=OBJECT_PROFILE.stored_schema))
    intents = {
        "object_id": names,
        "nodes": [[100, number % 5, 50 + number, 200, 201] for number in range(OBJECTS)],
        "lengths": [[3, 2]] * OBJECTS,
        "confidences": [[0.5 + number / 200, 0.1] for number in range(OBJECTS)],
        "event_timestamp": [midnight(start)] * OBJECTS,
    }
    lake.write(OBJECT_INTENTS, start, pa.table(intents, schema=OBJECT_INTENTS.stored_schema))
    for ago in range(1, 8):
        write_day(lake, DAY - timedelta(days=ago), shifted=False)
    write_day(lake, DAY, shifted=shifted)
    return lake


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return make_lake(tmp_path_factory.mktemp("steady"), shifted=False)


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return make_lake(tmp_path_factory.mktemp("moved"), shifted=True)


def run(lake: Lake, folder: Path, day: date = DAY, **settings: Any) -> tuple[Any, str, DriftMetrics]:
    numbers = DriftMetrics()
    html = folder / "report"
    alarm = monitor_drift.python_func(
        lake=lake.root,
        day=day.isoformat(),
        workspace=str(folder / "evidently"),
        settings=settings,
        report=SimpleNamespace(path=str(html)),
        metrics=numbers,
    )
    return alarm, html.read_text(encoding="utf-8"), numbers


def test_days_of_one_kind_do_not_drift(steady: Lake, tmp_path: Path) -> None:
    alarm, html, numbers = run(steady, tmp_path)
    assert (numbers["drifted"], alarm) == (0, False)
    assert numbers["checked"] == len(numbers) - 2 == 14
    assert "0 of 14 columns drifted" in html


def test_a_changed_day_drifts_and_raises_the_alarm(moved: Lake, tmp_path: Path) -> None:
    alarm, html, numbers = run(moved, tmp_path)
    assert alarm
    moved_most = {
        "events: action",
        "events: dwell seconds",
        "events: price",
        "intents: leaf node",
        "intents: confidence",
        "features: similarity to usual",
        "scores: score",
    }
    assert {name for name, distance in numbers.items() if distance >= 0.2} - {
        "checked",
        "drifted",
    } == moved_most
    assert "Alarm" in html


def test_the_alarm_needs_the_share_that_was_set(moved: Lake, tmp_path: Path) -> None:
    assert not run(moved, tmp_path, alarm_share=1.0)[0]


def test_the_workspace_holds_one_snapshot_a_day_however_often_it_ran(steady: Lake, tmp_path: Path) -> None:
    from evidently.ui.workspace import Workspace

    for day in (DAY, DAY - timedelta(days=1), DAY):
        run(steady, tmp_path, day)
    workspace = Workspace(str(tmp_path / "evidently"))
    (project,) = workspace.list_projects()
    runs = [workspace.get_run(project.id, run_id) for run_id in workspace.list_runs(project.id)]
    assert sorted(stored.metadata["day"] for stored in runs) == ["2026-03-08", "2026-03-09"]


def test_the_report_works_offline(moved: Lake, tmp_path: Path, browser: OfflineBrowser) -> None:
    html = run(moved, tmp_path)[1]
    assert not re.search(r'(?:src|href)=(?:"|&#34;)(?:https?:)?//', html.replace("https://plotly.com/", "#"))
    assert "default-src 'unsafe-inline' 'unsafe-eval' data: blob:" in html
    page = browser.open_html(html, tmp_path)
    assert page.wrong == []
    (evidently,) = page.frames
    assert "events: action" in evidently
    assert "Drift is detected for" in evidently


def test_the_strongest_path_of_an_object_is_compared(steady: Lake) -> None:
    columns = read_columns(steady, DAY, DriftSettings()).current
    assert set(columns["intents: root node"].to_pylist()) == {"node 100"}
    leaves = set(columns["intents: leaf node"].to_pylist()) - {"other"}
    assert leaves <= {f"node {50 + number}" for number in range(OBJECTS)}
    assert min(columns["intents: confidence"].to_pylist()) >= 0.5


def test_a_page_that_the_variant_ordered_is_not_degraded(tmp_path: Path) -> None:
    lake = make_lake(tmp_path / "lake", shifted=False)
    for ago, degraded in ((0, ["unknown_candidates:2", "explanation"]), (1, ["ranker"])):
        day = DAY - timedelta(days=ago)
        shown = lake.dataset(EXPOSURES, since=day, through=day).to_table(columns=EXPOSURES.schema.names)
        index = shown.column_names.index("degraded")
        column = pa.array([degraded] * len(shown), pa.list_(pa.string()))
        lake.write(EXPOSURES, day, shown.set_column(index, "degraded", column))
    columns = read_columns(lake, DAY, DriftSettings())
    assert set(columns.current["scores: degraded"].to_pylist()) == {"no"}
    assert set(columns.reference["scores: degraded"].to_pylist()) == {"no", "yes"}


def test_returns_are_not_compared(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    write_day(lake, DAY, shifted=False)
    before = read_columns(lake, DAY, DriftSettings()).current["events: action"]
    events = lake.read(EVENTS, since=DAY, through=DAY)
    orders = events.filter(pc.field("action") == "order")
    back = orders.set_column(
        orders.schema.get_field_index("quantity"), "quantity", pc.negate(orders["quantity"])
    )
    lake.write(EVENTS, DAY, pa.concat_tables([events, back]))
    assert back.num_rows
    assert read_columns(lake, DAY, DriftSettings()).current["events: action"].equals(before)


def test_no_more_rows_are_drawn_than_were_asked_for_and_always_the_same(steady: Lake) -> None:
    settings = DriftSettings(rows=300)
    one, other = (read_columns(steady, DAY, settings) for _ in range(2))
    assert len(one.current["events: action"]) == len(one.reference["events: action"]) == 300
    for name, values in one.current.items():
        assert values.equals(other.current[name])
        assert one.reference[name].equals(other.reference[name])


def test_an_empty_lake_gives_a_report_that_says_so(tmp_path: Path) -> None:
    alarm, html, numbers = run(Lake(tmp_path / "lake"), tmp_path)
    assert (numbers["checked"], numbers["drifted"], alarm) == (0, 0, False)
    assert "Nothing could be compared" in html


def test_settings_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AirloomError, match="reference_days 0"):
        run(Lake(tmp_path / "lake"), tmp_path, reference_days=0)


def test_a_snapshot_that_was_half_written_is_replaced(steady: Lake, tmp_path: Path) -> None:
    """Evidently opens no workspace that holds one, so every later night failed."""
    run(steady, tmp_path)
    (file,) = (tmp_path / "evidently").glob("*/snapshots/*.json")
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])

    run(steady, tmp_path)

    (again,) = (tmp_path / "evidently").glob("*/snapshots/*.json")
    assert len(again.read_bytes()) == len(whole)


def test_no_snapshot_of_the_workspace_is_ever_half_written(
    steady: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_: Path) -> None:
        raise KeyboardInterrupt

    run(steady, tmp_path)
    before = {file: file.read_bytes() for file in (tmp_path / "evidently").rglob("*.json")}
    monkeypatch.setattr("components.monitor_drift.workspace.atomic_file", killed)

    with pytest.raises(KeyboardInterrupt):
        run(steady, tmp_path)

    assert {file: file.read_bytes() for file in (tmp_path / "evidently").rglob("*.json")} == before
