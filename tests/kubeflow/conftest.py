"""Two nights and a training of a tiny platform, run as Kubeflow runs them: made once for all tests."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from tests.kubeflow.driver import KillMoment, PackageRun, run_package
from tests.kubeflow.driver_launcher import ClusterDouble
from tests.kubeflow.driver_pods import can_isolate
from tests.kubeflow.image import Image, build_image, own

if TYPE_CHECKING:
    from pipelines.recipes import Recipe

TODAY: Final = "AIRLOOM_TEST_DAY"
CLOCK: Final = f"""
import os
from datetime import date

if day := os.environ.get("{TODAY}"):
    from airloom.logs import run_day

    run_day.last_complete_day = lambda: date.fromisoformat(day)
"""
"""In every step, the last complete day is the one that the variable names: schedules give a run no day."""


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The image of the pipeline's steps."""
    return build_image(tmp_path_factory.mktemp("image") / "image", start_code=CLOCK)


@dataclass(frozen=True, kw_only=True)
class NightPlatform:
    """A lake and the pipelines that mount it.

    Attributes:
        lake: Its folder.
        inside: Where the steps find it.
        packages: Compiled pipelines by name.
        parameters: Of both pipelines, as the schedules give them: without a day.
        cluster: Where they run.
    """

    lake: Path
    inside: str
    packages: Mapping[str, Path]
    parameters: Mapping[str, Mapping[str, Any]]
    cluster: ClusterDouble

    def run(
        self, pipeline: str, *, day: date, package: Path | None = None, kill: KillMoment | None = None
    ) -> PackageRun:
        """Run a pipeline in the night after `day`."""
        environment = {**self.cluster.environment, TODAY: day.isoformat()}
        return run_package(
            package or self.packages[pipeline],
            self.parameters[pipeline],
            cluster=replace(self.cluster, environment=environment),
            kill=kill,
        )

    def save(self, folder: Path) -> Path:
        """Copy the lake to `folder`."""
        shutil.copytree(self.lake, folder)
        return folder

    def restore(self, saved: Path) -> None:
        """Put a saved lake in the place of this one."""
        shutil.rmtree(self.lake)
        shutil.copytree(saved, self.lake)
        own(self.lake, image=self.cluster.image)


@dataclass(kw_only=True)
class Writes:
    """Watches how a step changes a lake, and kills it at one of these moments.

    Attributes:
        lake: Whose files are watched, but for the records of the runs.
        kill_at: At which moment; None for never.
        seen: Moments so far.
    """

    lake: Path
    kill_at: int | None = None
    seen: int = 0
    _files: frozenset[tuple[str, int, int]] | None = field(default=None, repr=False)

    def __call__(self, _elapsed: float) -> bool:
        """Whether the step is to be killed now."""
        files = frozenset(self._look())
        self.seen += self._files not in {None, files}
        self._files = files
        return self.kill_at is not None and self.seen >= self.kill_at

    def _look(self) -> Iterator[tuple[str, int, int]]:
        for folder, folders, names in os.walk(self.lake):
            if "runs" in folders:
                folders.remove("runs")
            for name in names:
                path = os.path.join(folder, name)  # noqa: PTH118 - asked two hundred times a second
                with contextlib.suppress(FileNotFoundError):
                    state = os.stat(path)  # noqa: PTH116 - likewise
                    yield path, state.st_size, state.st_mtime_ns


@dataclass(frozen=True, kw_only=True)
class Nights:
    """What two nights and the training between them did.

    Attributes:
        platform: Where.
        first: The daily run before anybody knows the new video, of a package in which every task may be
            cached: that changes nothing where the cache is empty, but fills it.
        training: The training after it.
        eve: The lake before the second night, all of whose logs have come in.
        cached: The second night's run of the package with caching.
        after_cached: The lake after it.
        second: The second night's run, with the same cache.
        writes: At how many moments each of its steps changed the lake, by task and iteration.
        after: The lake after it.
    """

    platform: NightPlatform
    first: PackageRun
    training: PackageRun
    eve: Path
    cached: PackageRun
    after_cached: Path
    second: PackageRun
    writes: Mapping[tuple[str, int | None], int]
    after: Path


@pytest.fixture(scope="session")
def nights(image: Image, tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """Two nights and a training."""
    from airloom.logs.lake import Lake
    from tests.kubeflow.tiny_world import EVE, LAST_DAY, land_history, land_last_day

    folder = tmp_path_factory.mktemp("nights")
    recipe = tiny_recipe()
    platform = deploy(recipe, folder, image)
    with_caching = cache_every_task(platform.packages["airloom-daily"], into=folder / "with-caching.yaml")
    land_history(Lake(platform.lake), recipe.readout.experiment)
    own(platform.lake, image=image)
    first = platform.run("airloom-daily", day=EVE, package=with_caching)
    training = platform.run("airloom-training", day=EVE)
    land_last_day(Lake(platform.lake), recipe.readout.experiment)
    own(platform.lake, image=image)
    eve = platform.save(folder / "eve")
    cached = platform.run("airloom-daily", day=LAST_DAY, package=with_caching)
    after_cached = platform.save(folder / "after-cached")
    platform.restore(eve)
    writes: dict[tuple[str, int | None], Writes] = {}

    def watch(task: str, iteration: int | None, attempt: int) -> Writes:
        return writes.setdefault((task, iteration), Writes(lake=platform.lake))

    second = platform.run("airloom-daily", day=LAST_DAY, kill=watch)
    return Nights(
        platform=platform,
        first=first,
        training=training,
        eve=eve,
        cached=cached,
        after_cached=after_cached,
        second=second,
        writes={step: watched.seen for step, watched in writes.items()},
        after=platform.save(folder / "after"),
    )


def tiny_recipe() -> Recipe:
    """Settings under which a training takes seconds and its ranker is registered, whatever it has learned."""
    from airloom.ranking.evaluation.settings import EvaluationSettings
    from airloom.ranking.training.settings import EncoderTrainingSettings, FitSettings, TrainingSettings
    from components.build_training_set.settings import TrainingSetSettings
    from components.gate_ranker.settings import GateSettings
    from components.monitor_drift.settings import DriftSettings
    from pipelines.recipes import Recipe

    once = FitSettings(epochs=1)
    return Recipe(
        "tiny",
        training_set=TrainingSetSettings(max_labels=100, max_targets=20),
        training=TrainingSettings(
            encoder=EncoderTrainingSettings(fit=once, negatives=32), fit=once, negatives=8
        ),
        evaluation=EvaluationSettings(resamples=20),
        gate=GateSettings(over=("popularity",), min_lead=-1.0),
        drift=DriftSettings(alarm_share=1.0),  # so small a world drifts by chance, and an alarm trains
    )


def deploy(recipe: Recipe, folder: Path, image: Image) -> NightPlatform:
    """Compile the pipelines for a cluster that has an empty lake on a claim, and an MLflow database."""
    from pipelines.compile import compile_into
    from pipelines.pods.cluster import Cluster as Deployment

    lake, mlflow, numba = folder / "lake", folder / "mlflow", folder / "numba"
    for made in (lake, mlflow, numba):
        made.mkdir()
        own(made, image=image)
    (folder / "packages").mkdir()
    inside = "/lake" if can_isolate() else str(lake)
    addresses = {
        "lake": inside,
        "feature_store": "",
        "mlflow_uri": f"sqlite:///{mlflow}/mlflow.db",
    }
    files = compile_into(folder / "packages", Deployment(lake_claim="airloom-lake", lake=inside))
    return NightPlatform(
        lake=lake,
        inside=inside,
        packages={file.stem: file for file in files},
        parameters={
            "airloom-daily": recipe.daily_settings() | addresses | {"drift_workspace": f"{inside}/evidently"},
            "airloom-training": recipe.training_settings() | addresses,
        },
        cluster=ClusterDouble(
            image=image,
            folder=folder / "cluster",
            shared=(mlflow, numba),
            claims={"airloom-lake": lake},
            environment={
                "OMP_NUM_THREADS": "1",
                "NUMBA_CACHE_DIR": str(numba),
            },  # compiled once, not by each step
        ),
    )


def single_task(package: Path, name: str, *, into: Path) -> Path:
    """Write a pipeline of one task of `package` to `into`; the task's inputs are the pipeline's."""
    spec, platform = yaml.safe_load_all(package.read_text(encoding="utf-8"))
    dags = [part["dag"] for part in (spec["root"], *spec["components"].values()) if "dag" in part]
    task = next(dag["tasks"][name] for dag in dags if name in dag["tasks"])
    component = task["componentRef"]["name"]
    inputs = spec["components"][component]["inputDefinitions"]
    alone = {
        "taskInfo": task["taskInfo"],
        "componentRef": task["componentRef"],
        "cachingOptions": task["cachingOptions"],
        "inputs": {"parameters": {key: {"componentInputParameter": key} for key in inputs["parameters"]}},
    }
    spec["root"] = {"dag": {"tasks": {name: alone}}, "inputDefinitions": inputs}
    spec["components"] = {component: spec["components"][component]}
    into.write_text(yaml.safe_dump_all([spec, platform]), encoding="utf-8")
    return into


def cache_every_task(package: Path, *, into: Path) -> Path:
    """Write a copy of `package` to `into` in which every task may be taken from the cache, at any depth."""
    documents = list(yaml.safe_load_all(package.read_text(encoding="utf-8")))
    components = [documents[0]["root"], *documents[0]["components"].values()]
    for component in components:
        for task in component.get("dag", {}).get("tasks", {}).values():
            task["cachingOptions"] = {"enableCache": True}
    into.write_text(yaml.safe_dump_all(documents), encoding="utf-8")
    return into
