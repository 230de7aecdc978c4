"""What a person decided about labels, from a file that they write: `<lake>/intents/overrides.tsv`."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final, NamedTuple

from airloom.intents.linking.decision_file import read_decisions, reject_line
from airloom.intents.linking.lake_inputs import OVERRIDES_FILE
from airloom.intents.linking.nodes import NO_NODE
from airloom.intents.paths import normalize_label
from airloom.logs.lake import Lake

NEED_LABEL: Final = "need"
PRODUCT_TYPE: Final = "product type"
KINDS: Final = (NEED_LABEL, PRODUCT_TYPE)
COLUMNS: Final = ("kind", "label", "becomes")
DROP: Final = "-"
"""In the column `becomes`: the label leads nowhere."""


class OverrideRow(NamedTuple):
    """One line of the file; labels are normalized.

    Attributes:
        becomes: A need, a category as `category_key` writes it, or `DROP`.
        line: Number of the line, from 1.
    """

    kind: str
    label: str
    becomes: str
    line: int


class Overrides(NamedTuple):
    """All decisions of a person.

    Attributes:
        file: Where they are written.
        needs: Label of a need to the label that it becomes in the end, or `DROP`. A need that some line names
            as its target becomes itself: it stays apart, whatever the machine would merge it into.
        product_types: Last label of a path to its row.
    """

    file: Path
    needs: dict[str, str]
    product_types: dict[str, OverrideRow]

    def category_nodes(self, categories: Mapping[int, str]) -> dict[str, int]:
        """Return the node of the category of each product type, -1 where its paths are dropped.

        Args:
            categories: Node to "Top > Mid > Leaf" for every category that was ever known: a day before the
                newest category can be repeated.

        Raises:
            AirloomError: A line names a category that is not among them.
        """
        nodes = {category_key(text): node for node, text in sorted(categories.items(), reverse=True)}
        nodes[DROP] = NO_NODE
        for row in self.product_types.values():
            if row.becomes not in nodes:
                like = get_close_matches(row.becomes, [*map(category_key, categories.values())], 1, 0.0)
                hint = f", for instance {categories[nodes[like[0]]]!r}" if like else ""
                reject_line(
                    self.file,
                    row.line,
                    f"the shop has no category {row.becomes!r}",
                    do=f"Write one from the top down{hint}, or {DROP} to drop such paths",
                )
        return {label: nodes[row.becomes] for label, row in self.product_types.items()}


def category_key(text: str) -> str:
    """Return a category written as "Top > Mid > Leaf", without regard to case and spaces."""
    return " > ".join(normalize_label(label) for label in text.split(">"))


def read_overrides(lake: Lake) -> Overrides:
    """Read the file of the lake; without one nothing is overridden.

    The columns kind, label and becomes are separated by tabs under a header that names them; blank lines and
    lines that begin with # are left out. An apostrophe before what a spreadsheet would take for a formula, as
    merges.tsv writes it, is no part of the label.

    Raises:
        AirloomError: The file cannot be read, or a line of it cannot be followed.
    """
    file = lake.path(OVERRIDES_FILE)
    rows: dict[tuple[str, str], OverrideRow] = {}
    for line, cells in read_decisions(file, COLUMNS):
        row = _row(file, line, cells)
        known = rows.setdefault((row.kind, row.label), row)
        if known.becomes != row.becomes:
            reject_line(
                file,
                row.line,
                f"the {row.kind} {row.label!r} becomes {row.becomes!r}, but {known.becomes!r} in line"
                f" {known.line}",
                do="Keep one of the two lines",
            )
    needs = {label: row for (kind, label), row in rows.items() if kind == NEED_LABEL}
    targets = {label: _target(file, row, needs) for label, row in needs.items()}
    kept = {target: target for target in targets.values() if target != DROP}
    types = {label: row for (kind, label), row in rows.items() if kind == PRODUCT_TYPE}
    return Overrides(file, kept | targets, types)


def _row(file: Path, line: int, cells: list[str]) -> OverrideRow:
    kind, label, becomes = cells[0], normalize_label(cells[1]), cells[2]
    if kind not in KINDS:
        reject_line(file, line, f"there is no kind {kind!r}", do=f"Write one of: {', '.join(KINDS)}")
    becomes = normalize_label(becomes) if kind == NEED_LABEL else category_key(becomes)
    if not label or not becomes:
        reject_line(
            file, line, "a column is empty", do=f"Fill it; {DROP} under becomes drops what has the label"
        )
    return OverrideRow(kind, label, becomes, line)


def _target(file: Path, row: OverrideRow, needs: Mapping[str, OverrideRow]) -> str:
    """Return what a need becomes when the lines from `row` on are followed."""
    passed = {row.label}
    while row.becomes in needs and row.becomes != row.label:
        row = needs[row.becomes]
        if row.becomes in passed and row.becomes != row.label:
            reject_line(
                file,
                row.line,
                f"the need {row.label!r} becomes {row.becomes!r}, which becomes {row.label!r} in turn",
                do="Take one of these lines out",
            )
        passed.add(row.label)
    return row.becomes
