"""Two nights as Kubeflow runs them: what is new is read, what fails is done again, nothing is done twice."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

import pyarrow.parquet as pq
import pytest
import yaml

from airloom.files import sha256_of
from airloom.intents.store import IntentStore
from airloom.logs.lake import Lake
from airloom.ranking.snapshot import Snapshot
from tests.kubeflow.conftest import Nights, Writes, single_task
from tests.kubeflow.driver import PackageRun, after, run_package
from tests.kubeflow.driver_pods import KillWhen
from tests.kubeflow.tiny_world import EVE, LAST_DAY, NEW_VIDEO

SEED: Final = 20260314
HOLD_TIMES: Final = {
    "runs": "a record of each attempt: when it began, how long it took",
    "evidently": "Evidently names a report by a random id and writes when it was made",
    "lineage/digests": "the memory of fingerprints: sizes, times and inodes of the files that were read",
    "lineage/features/object_intents.json": "one input is the answers, whose files hold when each was given",
    "feast/registry.db": "Feast stamps every object with the time at which it was applied",
}
"""What may differ between two lakes in which the same was done, and why."""
LEFT_BEHIND: Final = re.compile(r"(^|/)\.[^/]+\.(tmp|old)(/|$)")
"""What a killed writer leaves beside the file or folder that it would have become; nobody reads it."""
VERIFIED: Final = "/derived/verified.json"
"""The note that a snapshot's files were verified: their sizes and times. It lies below each snapshot."""
ANSWERS: Final = "intents/answers"
ANSWERED_AT: Final = "answered_at"
"""The one column of the intent store that holds a time; its files are named by their content."""


def answers_about(lake: Path, object_id: str) -> list[str]:
    """The paths that the intent store holds of an object, each as one line."""
    rows = IntentStore(Lake(lake)).read(("object_id", "paths")).to_pylist()
    return [
        " > ".join(path["labels"]) for row in rows if row["object_id"] == object_id for path in row["paths"]
    ]


def paths_in_snapshot(lake: Path, object_id: str) -> int:
    """How many paths of an object the current snapshot holds."""
    folder = lake / "snapshots"
    digest = json.loads((folder / "current.json").read_text(encoding="utf-8"))["digest"]
    snapshot = Snapshot.load(folder / digest)
    row = snapshot.index.get(object_id)
    return 0 if row is None else int(snapshot.paths.offsets[row + 1] - snapshot.paths.offsets[row])


def test_both_nights_and_the_training_run_to_the_end(nights: Nights) -> None:
    for run in (nights.first, nights.training, nights.second):
        assert run.state == "SUCCEEDED", f"{run.pipeline}\n{run.table()}\n{run.failures()}"


def test_a_video_that_nobody_had_seen_is_read_in_the_night_after(nights: Nights) -> None:
    assert answers_about(nights.eve, NEW_VIDEO) == []
    assert answers_about(nights.after, NEW_VIDEO)


def test_the_snapshot_of_the_night_after_knows_what_the_video_foretells(nights: Nights) -> None:
    assert paths_in_snapshot(nights.eve, NEW_VIDEO) == 0
    assert paths_in_snapshot(nights.after, NEW_VIDEO) > 0


def test_with_caching_the_video_is_never_read(nights: Nights) -> None:
    assert nights.cached.state == "SUCCEEDED", nights.cached.failures()
    assert [step.state for step in nights.cached.all("distill-intents")] == ["CACHED", "CACHED"]
    assert answers_about(nights.after_cached, NEW_VIDEO) == []
    assert paths_in_snapshot(nights.after_cached, NEW_VIDEO) == 0


def test_no_step_of_a_night_is_taken_from_the_cache(nights: Nights) -> None:
    assert [step.name for step in nights.second.executions if step.state == "CACHED"] == []


def test_the_second_night_asks_only_about_what_is_new(nights: Nights) -> None:
    asked = [
        sum(step.outputs["asked"] for step in run.all("distill-intents"))
        for run in (nights.first, nights.second)
    ]
    assert asked[0] > asked[1] > 0


def test_all_steps_of_a_night_are_about_one_day(nights: Nights) -> None:
    for run, day in ((nights.first, EVE), (nights.second, LAST_DAY)):
        given = {step.name: step.inputs["day"] for step in run.executions if step.inputs.get("day")}
        assert set(given.values()) == {str(day)}, given


def test_the_training_registers_its_ranker(nights: Nights) -> None:
    assert nights.training.task("register-model").outputs == {"version": "1"}


def test_every_step_stays_below_its_memory_limit(nights: Nights) -> None:
    ran = [
        step
        for run in (nights.first, nights.training, nights.second)
        for step in run.executions
        if step.attempts
    ]
    above = {step.name: step.peak_mb for step in ran if 0 < step.memory_limit_mb < step.peak_mb}
    assert above == {}


def test_the_summary_of_a_night_says_how_it_went(nights: Nights) -> None:
    assert f"airloom-daily for {LAST_DAY}: succeeded" in nights.second.task("summarize-run").log


class KilledNight(NamedTuple):
    """A night in which every step is killed once.

    Attributes:
        run: What happened.
        lake: A copy of the lake after it.
    """

    run: PackageRun
    lake: Path


@pytest.fixture(scope="module")
def killed_night(nights: Nights, tmp_path_factory: pytest.TempPathFactory) -> KilledNight:
    """The second night once more, from the same lake, with every step killed once.

    A step that changes the lake is killed at one of the moments at which it does, another one in its first
    two thirds.
    """
    nights.platform.restore(nights.eve)
    seconds = {(step.name, step.iteration): step.seconds for step in nights.second.executions}

    def moment(task: str, iteration: int | None, attempt: int) -> KillWhen | None:
        chance = Random(f"{SEED} {task} {iteration}")  # noqa: S311
        if attempt > 1:
            return None
        if nights.writes[task, iteration]:
            kill_at = chance.randint(1, max(1, nights.writes[task, iteration] // 2))
            return Writes(lake=nights.platform.lake, kill_at=kill_at)
        return after(chance.uniform(0, 2 / 3) * seconds[task, iteration])

    run = nights.platform.run("airloom-daily", day=LAST_DAY, kill=moment)
    return KilledNight(run, nights.platform.save(tmp_path_factory.mktemp("killed") / "lake"))


def test_a_night_in_which_every_step_is_killed_once_runs_to_the_end(killed_night: KilledNight) -> None:
    assert killed_night.run.state == "SUCCEEDED", f"{killed_night.run.table()}\n{killed_night.run.failures()}"
    ran = [step for step in killed_night.run.executions if step.attempts]
    killed = [step.name for step in ran if step.attempts[0].killed]
    assert len(killed) > len(ran) / 2, f"only {killed} were killed in time"


def test_a_night_in_which_every_step_is_killed_once_leaves_the_same_lake(
    nights: Nights, killed_night: KilledNight
) -> None:
    assert killed_night.run.state == "SUCCEEDED"
    expected, actual = dict(contents(nights.after)), dict(contents(killed_night.lake))
    assert sorted(actual) == sorted(expected)
    assert {name: digest for name, digest in actual.items() if digest != expected[name]} == {}


def test_a_night_in_which_every_step_is_killed_once_answers_the_same(
    nights: Nights, killed_night: KilledNight
) -> None:
    assert killed_night.run.state == "SUCCEEDED"
    assert answer_rows(killed_night.lake) == answer_rows(nights.after)


def test_a_night_in_which_every_step_is_killed_once_reports_drift_once(
    nights: Nights, killed_night: KilledNight
) -> None:
    assert killed_night.run.state == "SUCCEEDED"
    before, after, actual = (
        len(list(lake.glob("evidently/*/snapshots/*.json")))
        for lake in (nights.eve, nights.after, killed_night.lake)
    )
    assert (after, actual) == (before + 1, before + 1)


def test_the_summary_of_a_night_that_a_driver_stopped_says_that_it_failed(
    nights: Nights, tmp_path: Path
) -> None:
    platform = nights.platform
    platform.restore(nights.eve)
    spec, settings = yaml.safe_load_all(platform.packages["airloom-daily"].read_text(encoding="utf-8"))
    spec["components"]["comp-validate-logs"]["inputDefinitions"]["parameters"]["rules"]["parameterType"] = (
        "LIST"
    )
    refused = tmp_path / "refused.yaml"
    refused.write_text(yaml.safe_dump_all([spec, settings]), encoding="utf-8")
    run = platform.run("airloom-daily", day=LAST_DAY, package=refused)
    assert (run.state, run.error) == (
        "FAILED",
        'input parameter "rules" type mismatch: expect LIST, got struct',
    )
    assert ": failed" in run.task("summarize-run").log


def test_a_drift_report_that_a_killed_step_has_half_written_is_written_again(
    nights: Nights, tmp_path: Path
) -> None:
    platform = nights.platform
    platform.restore(nights.after)
    newest = max(platform.lake.glob("evidently/*/snapshots/*.json"), key=lambda file: file.stat().st_mtime_ns)
    newest.write_bytes(newest.read_bytes()[:100_000])
    package = single_task(platform.packages["airloom-daily"], "monitor-drift", into=tmp_path / "drift.yaml")
    given = platform.parameters["airloom-daily"]
    parameters = {
        "lake": given["lake"],
        "day": str(LAST_DAY),
        "workspace": given["drift_workspace"],
        "settings": given["drift"],
    }
    again = run_package(package, parameters, cluster=platform.cluster)
    assert again.state == "SUCCEEDED", again.failures()


def contents(lake: Path) -> Iterator[tuple[str, str]]:
    """Every file of a lake with its digest; not those that hold times, nor what a killed writer left."""
    for file in sorted(lake.rglob("*")):
        name = file.relative_to(lake).as_posix()
        if name.startswith((*HOLD_TIMES, ANSWERS)) or name.endswith(VERIFIED) or LEFT_BEHIND.search(name):
            continue
        if file.is_file():
            yield name, sha256_of(file)


def answer_rows(lake: Path) -> list[str]:
    """The rows of the intent store by version, without their times."""
    folder = lake / ANSWERS
    return sorted(
        f"{file.parent.name} {row}"
        for file in folder.rglob("*.parquet")
        for row in pq.ParquetFile(file).read().drop_columns([ANSWERED_AT]).to_pylist()
    )
