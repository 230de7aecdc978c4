from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from pipelines.compile import COMPILED
from pipelines.report.graph import Task, svg, tasks_of


def test_every_step_has_a_box_that_says_when_it_runs() -> None:
    tasks = {task.name: task for task in tasks_of(COMPILED / "airloom-daily.yaml")}

    assert tasks["distill-intents"].group == "for each shard"
    assert tasks["distill-intents"].after == ("plan-intents",)
    assert "distill-intents" in tasks["collect-intents"].after
    assert tasks["train-ranker"].group == "if drift-alarm"
    assert tasks["register-model"].group == "if gate-passed"
    assert "monitor-drift" in tasks["build-training-set"].after


def test_the_summary_comes_after_everything() -> None:
    tasks = {task.name: task for task in tasks_of(COMPILED / "airloom-daily.yaml")}

    assert set(tasks["summarize-run"].after) == tasks.keys() - {"summarize-run"}


def test_the_picture_is_well_formed_and_no_box_lies_on_another() -> None:
    tasks = [
        Task("a", (), ""),
        Task("b <&>", ("a",), ""),
        Task("c", ("a",), "if x"),
        Task("d", ("b <&>",), ""),
    ]

    root = ET.fromstring(svg(tasks, title="four & more"))  # noqa: S314 - our own text

    boxes = [
        tuple(float(rect.attrib[key]) for key in ("x", "y", "width", "height"))
        for rect in root.iter("{http://www.w3.org/2000/svg}rect")
    ]
    assert len(boxes) == 4
    for number, (x, y, width, height) in enumerate(boxes):
        for x2, y2, _, _ in boxes[number + 1 :]:
            assert abs(x - x2) >= width or abs(y - y2) >= height
    assert {"a", "b <&>", "c", "d"} <= {text.text for text in root.iter("{http://www.w3.org/2000/svg}text")}


def test_every_compiled_pipeline_has_a_picture(tmp_path: Path) -> None:
    for compiled in COMPILED.glob("*.yaml"):
        assert svg(tasks_of(compiled), title=compiled.stem).startswith("<svg")
