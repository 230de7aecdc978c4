"""The picture of a compiled pipeline: its steps as boxes, from left to right in the order they run."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import yaml

BOX_WIDTH, BOX_HEIGHT, GAP_X, GAP_Y, MARGIN = 168, 44, 56, 22, 16


class Task(NamedTuple):
    """One step of the picture.

    Attributes:
        name: What the box says.
        after: Names of the tasks that must end first.
        group: Why it may run more than once or not at all ("for each shard", "if drift-alarm"), or empty.
    """

    name: str
    after: tuple[str, ...]
    group: str


def tasks_of(compiled: Path) -> list[Task]:
    """The steps of a compiled pipeline; loops and conditions are opened up, nested pipelines stay one box."""
    spec = next(yaml.safe_load_all(compiled.read_text(encoding="utf-8")))
    return _tasks(spec["root"]["dag"]["tasks"], spec["components"], group="")


def _tasks(dag: dict[str, Any], components: dict[str, Any], *, group: str) -> list[Task]:
    found: list[Task] = []
    inner_names: dict[str, list[str]] = {}
    for name, task in sorted(dag.items()):
        component = components[task["componentRef"]["name"]]
        after = tuple(sorted(task.get("dependentTasks", [])))
        opened = "parameterIterator" in task or "triggerPolicy" in task
        if opened and "dag" in component:
            label = "for each shard" if "parameterIterator" in task else "if " + task["taskInfo"]["name"]
            inner = _tasks(component["dag"]["tasks"], components, group=label)
            inner_names[name] = [one.name for one in inner]
            found.extend(one._replace(after=one.after or after) for one in inner)
        else:
            found.append(Task(name, after, group))
    return [
        one._replace(after=tuple(real for name in one.after for real in inner_names.get(name, [name])))
        for one in found
    ]


def svg(tasks: list[Task], *, title: str) -> str:
    """The tasks as inline SVG; colours follow the page's text colour."""
    columns = _columns(tasks)
    place: dict[str, tuple[int, int]] = {}
    for column, names in enumerate(columns):
        for row, name in enumerate(names):
            x = MARGIN + column * (BOX_WIDTH + GAP_X)
            place[name] = (x, MARGIN + row * (BOX_HEIGHT + GAP_Y) + 8)
    width = 2 * MARGIN + len(columns) * (BOX_WIDTH + GAP_X) - GAP_X
    height = 2 * MARGIN + max(map(len, columns)) * (BOX_HEIGHT + GAP_Y)
    head = (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" aria-label="{escape(title)}" '
        'style="max-width:100%;height:auto" xmlns="http://www.w3.org/2000/svg">'
    )
    lines = [head]
    for task in tasks:
        x, y = place[task.name]
        for before in task.after:
            bx, by = place[before]
            start, end = (bx + BOX_WIDTH, by + BOX_HEIGHT // 2), (x, y + BOX_HEIGHT // 2)
            middle = end[0] - GAP_X // 2
            lines.append(
                f'<path d="M{start[0]} {start[1]} C{middle} {start[1]} {middle} {end[1]} {end[0]} {end[1]}" '
                'fill="none" stroke="currentColor" stroke-opacity=".35" stroke-width="1.5"/>'
            )
    for task in tasks:
        x, y = place[task.name]
        dash = ' stroke-dasharray="4 3"' if task.group else ""
        lines.append(
            f'<rect x="{x}" y="{y}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="8" fill="currentColor" '
            f'fill-opacity=".06" stroke="currentColor" stroke-opacity=".5"{dash}/>'
            f'<text x="{x + BOX_WIDTH / 2}" y="{y + (20 if task.group else 27)}" text-anchor="middle" '
            f'font-size="14" fill="currentColor">{escape(task.name)}</text>'
        )
        if task.group:
            lines.append(
                f'<text x="{x + BOX_WIDTH / 2}" y="{y + 36}" text-anchor="middle" font-size="11" '
                f'fill="currentColor" fill-opacity=".65">{escape(task.group)}</text>'
            )
    return "".join([*lines, "</svg>"])


def _columns(tasks: list[Task]) -> list[list[str]]:
    """Task names by the length of the longest way to them."""
    depth: dict[str, int] = {}
    by_name = {task.name: task for task in tasks}

    def deep(name: str) -> int:
        if name not in depth:
            depth[name] = 1 + max((deep(before) for before in by_name[name].after), default=-1)
        return depth[name]

    columns: list[list[str]] = [[] for _ in range(1 + max(deep(task.name) for task in tasks))]
    for task in tasks:
        columns[depth[task.name]].append(task.name)
    return columns
