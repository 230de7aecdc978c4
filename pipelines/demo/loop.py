"""The whole loop, top to bottom: history, pipelines, served days, orders flowing back, and the A/B report.

Read this file first: every other part of Airloom appears in it once.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from airloom.errors import AirloomError
from airloom.experiments.readout import AnalysisSettings
from airloom.files import write_text
from airloom.intents.import_answers import import_answers
from airloom.llm.prompt import read_prompt
from airloom.logs.contract import EXPOSURES
from airloom.logs.lake import Lake
from airloom.settings import as_dict, flat
from airloom.simulation.catalogue import prompt, recorded_replies
from airloom.simulation.history import deliver_day, deliver_history
from airloom.simulation.settings import WorldSettings
from airloom.simulation.truth import IntentQuality
from airloom.simulation.world import World
from pipelines.demo.local_llm import with_local_llm
from pipelines.demo.page_outcomes import measure_pages
from pipelines.demo.served_days import ServedDay, serve_day
from pipelines.demo.service_process import running_service
from pipelines.demo.stages import Stages
from pipelines.demo.summary import format_demo_summary, summarize_demo
from pipelines.demo.truth import compare_reasoners, true_lift
from pipelines.experiment_file import experiment_file, experiment_of
from pipelines.home import Home
from pipelines.launch import run_daily, run_training
from pipelines.local import PipelineRun, past_run
from pipelines.recipes import recipe_named
from pipelines.report.demo_summary import DemoSummary, PageFigures
from pipelines.report.index import SAMPLES, write_index

RECIPE = "sample-world"
SERVED_DAYS = 2
RECORDED_MODEL = "recorded-llm"


def run_demo(home: Home, *, shoppers: int, local_llm: str = "") -> None:
    """Run the loop in `home`, reusing what an earlier run with the same settings and code left.

    Args:
        home: Where everything is written.
        shoppers: Size of the sample world.
        local_llm: Name of a model that `serving_locally` serves, which reads the videos without a recorded
            answer; empty for the encoder.

    Raises:
        AirloomError: A step failed; what was done before is kept, and the next run goes on from there.
    """
    started = time.monotonic()
    home.check_source(RECIPE)
    lake = Lake(home.lake)
    world = World(WorldSettings(shoppers=shoppers, served_days=SERVED_DAYS))
    recipe = with_local_llm(recipe_named(RECIPE), model=local_llm)
    served_days = world.settings.served
    readout = replace(
        experiment_of(home, recipe.readout),
        first_day=served_days[0],
        planned_user_days=shoppers * len(served_days),
    )
    recipe = replace(recipe, readout=readout)
    stages = Stages(home.root, settings=flat({"world": as_dict(world.settings), "recipe": as_dict(recipe)}))

    if stages.afresh:
        _clear(home)
    home.note_source(RECIPE)

    def history() -> dict[str, Any]:
        deliver_history(world, lake)
        imported = import_answers(
            lake, recorded_replies(), model=RECORDED_MODEL, prompt=read_prompt(prompt()).version
        )
        return {"recorded_answers": imported.answered}

    stages.run("simulate history", history, makes=lambda: _files(home.lake / "landing"))

    def daily(day: date, readout: AnalysisSettings) -> dict[str, Any]:
        run = run_daily(home, day=day, recipe=replace(recipe, readout=readout))
        return {"folder": str(run.log.parent)}

    def training(day: date) -> dict[str, Any]:
        run = run_training(home, day=day, recipe=recipe)
        if "register-model" not in run.steps:
            verdict = run.steps["gate-ranker"].artifacts["verdict"].read_text(encoding="utf-8")
            raise AirloomError(f"There is no ranker to serve: {verdict}", do=f"Look at {run.log.parent}")
        return {"folder": str(run.log.parent)}

    def serve() -> dict[str, Any]:
        _remove_served(home, served_days)
        arguments = [*home.service_arguments(), "--experiment", str(experiment_file(home))]
        served: dict[str, Any] = {}
        with running_service(arguments=arguments, log=home.root / "logs" / "service.log") as service:
            for day in served_days:
                served_day, events = serve_day(
                    world=world, lake=lake, day=day, url=service.url, experiment=readout.experiment
                )
                deliver_day(world, lake, day, events)
                served[str(day)] = served_day._asdict()
        return served

    def compare() -> dict[str, Any]:
        quality = compare_reasoners(lake, day=served_days[-1], control=home.root / "demo" / "control-lake")
        return {
            name: {lang: asdict(value) for lang, value in langs.items()} for name, langs in quality.items()
        }

    def measure() -> dict[str, Any]:
        trained = finished_run(home.run("airloom-training", str(last)))
        return asdict(measure_pages(world, trained, lake=home.lake))

    last = world.settings.history[-1]
    made = partial(_files, home.root)
    stages.run(f"daily {last}", partial(daily, last, readout), makes=made)
    stages.run(f"training {last}", partial(training, last), makes=made)
    measured = stages.run("measure pages of the whole shop", measure, makes=list)
    answered = stages.run(f"serve {served_days[0]} to {served_days[-1]}", serve, makes=made)
    served = [ServedDay(**values) for values in answered.values()]
    readout = replace(readout, truth=true_lift(lake, served, readout))
    stages.run(f"daily {served_days[-1]}", partial(daily, served_days[-1], readout), makes=made)
    compared = stages.run("judge intents", compare, makes=list)

    seconds = stages.seconds | {"total": round(time.monotonic() - started, 1)}
    summary = summarize_demo(
        first=finished_run(home.run("airloom-daily", str(last))),
        last=finished_run(home.run("airloom-daily", str(served_days[-1]))),
        training=finished_run(home.run("airloom-training", str(last))),
        served=served,
        intent_quality={
            name: {lang: IntentQuality(**values) for lang, values in langs.items()}
            for name, langs in compared.items()
        },
        experiment=read_results(lake, readout, served_days[-1]),
        model_name=recipe.model_name,
        seconds=seconds,
    )
    write_text(home.root / "demo" / SAMPLES, json.dumps(served[-1].samples, indent=1, sort_keys=True))
    _finish(home, replace(summary, pages=PageFigures(**measured)))


def _finish(home: Home, summary: DemoSummary) -> None:
    """Write the summary and the index of all reports, and print both."""
    write_text(home.summary, json.dumps(summary.to_json(), indent=2, sort_keys=True))
    reports = write_index(home)
    write_text(home.summary, json.dumps(summary.to_json() | {"reports": reports}, indent=2, sort_keys=True))
    print(format_demo_summary(summary, Path(reports["index"])))


def read_results(lake: Lake, readout: AnalysisSettings, day: date) -> dict[str, Any]:
    """Return what the experiment report of `day` says."""
    file = lake.path("experiments", readout.experiment.name, f"{day}.json")
    results: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return results


def finished_run(folder: Path) -> PipelineRun:
    """Return the run in `folder`, which a stage has just finished."""
    run = past_run(folder)
    if run is None:
        raise AirloomError(f"There is no finished run in {folder}", do="Run the demo again")
    return run


def _clear(home: Home) -> None:
    """Remove what an earlier loop left, but not answers and embeddings: they are cached by content."""
    kept = {home.lake / "embeddings", home.lake / "intents"}
    lake = home.lake.iterdir() if home.lake.exists() else ()
    rest = [home.root / name for name in ("mlflow", "runs", "evidently", "demo", "report", "logs")]
    for folder in (*(path for path in lake if path.is_dir() and path not in kept), *rest):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(home.lake / "intents" / "nodes", ignore_errors=True)


def _remove_served(home: Home, days: Sequence[date]) -> None:
    """Remove the pages of days and their ids, which a service remembers: days are served from nothing."""
    shutil.rmtree(home.lake / "journal", ignore_errors=True)
    lake = Lake(home.lake)
    for day in days:
        lake.delete(lake.landing(EXPOSURES), day)


def _files(folder: Path) -> Iterable[Path]:
    """Return the files of `folder` that a stage makes: the stage runs again if one of them is gone."""
    return (path for path in folder.rglob("*") if path.suffix in {".parquet", ".arrow", ".db"})
