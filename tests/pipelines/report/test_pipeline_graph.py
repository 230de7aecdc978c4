from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from pipelines.compile import COMPILED
from pipelines.report.pipeline_graph import PipelineStep, draw_steps, read_steps


def test_every_step_has_a_box_that_says_when_it_runs() -> None:
    steps = {step.name: step for step in read_steps(COMPILED / "airloom-daily.yaml")}

    assert steps["distill-intents"].group == "for each shard"
    assert steps["distill-intents"].after == ("plan-intents",)
    assert "distill-intents" in steps["collect-intents"].after
    assert steps["train-ranker"].group == "if drift-alarm"
    assert steps["register-model"].group == "if gate-passed"
    assert "monitor-drift" in steps["build-training-set"].after


def test_the_summary_comes_after_everything() -> None:
    steps = {step.name: step for step in read_steps(COMPILED / "airloom-daily.yaml")}

    assert set(steps["summarize-run"].after) == steps.keys() - {"summarize-run"}


def test_the_picture_is_well_formed_and_no_box_lies_on_another() -> None:
    steps = [
        PipelineStep("a", (), ""),
        PipelineStep("b <&>", ("a",), ""),
        PipelineStep("c", ("a",), "if x"),
        PipelineStep("d", ("b <&>",), ""),
    ]

    root = ET.fromstring(draw_steps(steps, title="four & more"))  # noqa: S314 - our own text

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
        assert draw_steps(read_steps(compiled), title=compiled.stem).startswith("<svg")
