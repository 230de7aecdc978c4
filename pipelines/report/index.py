"""The index of the local pages: headline numbers, pictures, and links to every report."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from airloom.errors import AirloomError
from airloom.files import write_text
from airloom.html_report.blocks import cards, code, links, table
from airloom.html_report.report import Section, render_report
from pipelines.home import Home
from pipelines.local import PipelineRun, past_run
from pipelines.report.explained import explained_page
from pipelines.report.pages import Report, gather
from pipelines.report.pictures import intents_picture, lift_picture, models_picture

Figures = dict[str, Any]
SAMPLES = "samples.json"


def write_index(home: Home) -> dict[str, str]:
    """Write every page of `home` anew from its last runs, and from the demo's summary where there is one.

    Returns:
        Report name to path; `index` is the page that links the others.

    Raises:
        AirloomError: Nothing has run yet.
    """
    runs = past_runs(home)
    if not runs:
        raise AirloomError(
            f"No pipeline has finished in {home.root}", do="Run: airloom demo, or airloom run daily"
        )
    reports = gather(home.report, runs)
    reports.append(_mlflow(home, runs))
    samples = home.root / "demo" / SAMPLES
    if samples.exists():
        found = json.loads(samples.read_text(encoding="utf-8"))
        write_text(home.report / "explained.html", explained_page(found))
        reports.append(Report("explained", "explained.html", "Some rankings with their reasons"))
    summary = json.loads(home.summary.read_text(encoding="utf-8")) if home.summary.exists() else None
    write_text(home.report / "index.html", _index(home, reports, runs, summary))
    paths = {report.name: str(home.report / report.href) for report in reports}
    return paths | {"index": str(home.report / "index.html")}


def past_runs(home: Home) -> list[PipelineRun]:
    """Every run that succeeded, by pipeline and day."""
    places = sorted((home.root / "runs").glob("*/*"))
    return [run for place in places if (run := past_run(place)) is not None]


def _index(
    home: Home, reports: Sequence[Report], runs: Sequence[PipelineRun], summary: Figures | None
) -> str:
    sections = [Section("Reports", links([(report.name, report.href, report.note) for report in reports]))]
    if summary is not None:
        sections = [*_results(summary), *sections]
    took = table(
        ["pipeline", "day", "seconds"], [(run.name, run.log.parent.name, run.seconds) for run in runs]
    )
    tools = (
        f"evidently ui --workspace {home.drift_workspace}\nmlflow ui --backend-store-uri {home.mlflow_uri}"
    )
    sections += [Section("Runs", took), Section("The tools' own pages", code(tools))]
    text = "Every report of the last runs on this machine. The pages need no network and no server."
    return render_report(title="Airloom", summary=_sentence(summary) if summary else text, sections=sections)


def _sentence(summary: Figures) -> str:
    experiment = summary["experiment"]
    if experiment["gmv_per_user_lift"] is None:
        return f"The experiment has no estimate yet: {experiment['verdict']}."
    low, high = experiment["ci"]
    return (
        f"Shoppers who were ranked by AIR spent {experiment['gmv_per_user_lift']:+.1%} against item-CF, "
        f"interval {low:+.1%} to {high:+.1%}; the simulated truth is {experiment['true_lift']:+.1%}."
    )


def _results(summary: Figures) -> list[Section]:
    intents, model, serving = summary["intents"], summary["model"], summary["serving"]
    experiment = summary["experiment"]
    lift = experiment["gmv_per_user_lift"]
    head = cards(
        [
            ("GMV per user", "no estimate yet" if lift is None else f"{lift:+.1%}", experiment["verdict"]),
            ("HR@10", f"{model['hr10']:.3f}", f"item-CF {model['baselines']['item_cf']['hr10']:.3f}"),
            (
                "p99",
                f"{serving['p99_ms']:.1f} ms",
                f"{serving['requests']:,} requests, {serving['errors']} errors",
            ),
            ("LLM calls online", "0", f"{intents['atoms']:,} atoms answered offline"),
        ]
    )
    return [
        Section("What came out", head),
        *([] if lift is None else [Section("Is the lift real?", lift_picture(experiment))]),
        Section("Is the ranker better on later orders?", models_picture(model)),
        Section("Are the intents right?", intents_picture(intents["by_reasoner"])),
    ]


def _mlflow(home: Home, runs: Sequence[PipelineRun]) -> Report:
    """A page about the registered model, with the way to its run."""
    registered = [run for run in runs if "register-model" in run.steps]
    rows: list[tuple[str, object]] = [("tracking store", home.mlflow_uri)]
    if registered:
        steps = registered[-1].steps
        rows += [
            ("registered version", steps["register-model"].parameters["version"]),
            ("alias", "champion"),
            ("MLflow run", steps["train-ranker"].parameters["run_id"]),
            ("gate", steps["gate-ranker"].artifacts["verdict"].read_text(encoding="utf-8")),
        ]
    body = table(["what", "value"], rows)
    look = code(f"mlflow ui --backend-store-uri {home.mlflow_uri}")
    text = "Parameters, loss curves, metrics and the model card are in the run; this page says where."
    sections = [Section("The model", body), Section("To look at it", look)]
    write_text(
        home.report / "mlflow.html", render_report(title="The MLflow run", summary=text, sections=sections)
    )
    return Report("mlflow", "mlflow.html", "The registered model and its run")
