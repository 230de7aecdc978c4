"""The graph of a compiled pipeline: its steps as boxes, from top to bottom in the order they run."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import yaml

BOX_WIDTH, BOX_HEIGHT, GAP_X, GAP_Y, MARGIN = 184, 46, 40, 26, 8


class PipelineStep(NamedTuple):
    """One step of the graph.

    Attributes:
        name: What the box says.
        after: Names of the steps that must end first.
        group: Why it may run more than once or not at all ("for each shard", "if drift-alarm"), or empty.
    """

    name: str
    after: tuple[str, ...]
    group: str


def read_steps(compiled: Path) -> list[PipelineStep]:
    """Return the steps of a compiled pipeline and of the loops, conditions and pipelines inside it."""
    spec = next(yaml.safe_load_all(compiled.read_text(encoding="utf-8")))
    return _steps(spec["root"]["dag"]["tasks"], spec["components"], group="")


def _steps(dag: dict[str, Any], components: dict[str, Any], *, group: str) -> list[PipelineStep]:
    steps: list[PipelineStep] = []
    inner_names: dict[str, list[str]] = {}
    for name, task in sorted(dag.items()):
        component = components[task["componentRef"]["name"]]
        after = tuple(sorted(task.get("dependentTasks", [])))
        if "dag" in component:
            inner = _steps(component["dag"]["tasks"], components, group=_why(task) or group)
            inner_names[name] = [one.name for one in inner]
            steps.extend(one._replace(after=one.after or after) for one in inner)
        else:
            steps.append(PipelineStep(name, after, group))
    return [
        one._replace(after=tuple(real for name in one.after for real in inner_names.get(name, [name])))
        for one in steps
    ]


def _why(task: dict[str, Any]) -> str:
    """Return why what is inside `task` may run more than once or not at all."""
    if "parameterIterator" in task:
        return "for each shard"
    return "if " + task["taskInfo"]["name"] if "condition" in task.get("triggerPolicy", {}) else ""


def draw_steps(steps: list[PipelineStep], *, title: str) -> str:
    """Return the steps as inline SVG, from top to bottom; colors follow the report's text color."""
    rows = _rows(steps)
    width = 2 * MARGIN + max(map(len, rows)) * (BOX_WIDTH + GAP_X) - GAP_X
    height = 2 * MARGIN + len(rows) * (BOX_HEIGHT + GAP_Y) - GAP_Y
    corners = {
        name: (MARGIN + column * (BOX_WIDTH + GAP_X), MARGIN + row * (BOX_HEIGHT + GAP_Y))
        for row, names in enumerate(rows)
        for column, name in enumerate(names)
    }
    head = (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" aria-label="{escape(title)}" '
        'style="max-width:100%;height:auto" xmlns="http://www.w3.org/2000/svg">'
    )
    arrows = [
        _arrow(corners[before], corners[step.name]) for step in steps for before in _direct(step, steps)
    ]
    return "".join([head, *arrows, *(_box(step, *corners[step.name]) for step in steps), "</svg>"])


def _arrow(start: tuple[int, int], end: tuple[int, int]) -> str:
    x1, y1, x2, y2 = start[0] + BOX_WIDTH // 2, start[1] + BOX_HEIGHT, end[0] + BOX_WIDTH // 2, end[1]
    middle = y2 - GAP_Y // 2
    return (
        f'<path d="M{x1} {y1} C{x1} {middle} {x2} {middle} {x2} {y2}" '
        'fill="none" stroke="currentColor" stroke-opacity=".35" stroke-width="1.5"/>'
    )


def _box(step: PipelineStep, x: int, y: int) -> str:
    dash = ' stroke-dasharray="4 3"' if step.group else ""
    center = x + BOX_WIDTH // 2
    group = (
        f'<text x="{center}" y="{y + 36}" text-anchor="middle" font-size="11" fill="currentColor" '
        f'fill-opacity=".65">{escape(step.group)}</text>'
    )
    return (
        f'<rect x="{x}" y="{y}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="8" fill="currentColor" '
        f'fill-opacity=".06" stroke="currentColor" stroke-opacity=".5"{dash}/>'
        f'<text x="{center}" y="{y + (20 if step.group else 27)}" text-anchor="middle" font-size="14" '
        f'fill="currentColor">{escape(step.name)}</text>' + (group if step.group else "")
    )


def _direct(step: PipelineStep, steps: list[PipelineStep]) -> list[str]:
    """Return the steps that `step` waits for and that no other of them waits for (transitive reduction)."""
    by_name = {one.name: one for one in steps}

    def earlier(name: str) -> set[str]:
        return {before for after in by_name[name].after for before in ({after} | earlier(after))}

    return [name for name in step.after if not any(name in earlier(other) for other in step.after)]


def _rows(steps: list[PipelineStep]) -> list[list[str]]:
    """Return the names of the steps by the length of the longest path to them."""
    depth: dict[str, int] = {}
    by_name = {step.name: step for step in steps}

    def deep(name: str) -> int:
        if name not in depth:
            depth[name] = 1 + max((deep(before) for before in by_name[name].after), default=-1)
        return depth[name]

    rows: list[list[str]] = [[] for _ in range(1 + max(deep(step.name) for step in steps))]
    for step in steps:
        rows[depth[step.name]].append(step.name)
    return rows
