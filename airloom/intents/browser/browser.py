"""The intent browser: one HTML file that shows what reasoners wrote down and what became of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from markupsafe import Markup
from numpy.typing import NDArray

from airloom.files import write_text
from airloom.html_report.blocks import Card, cards, table
from airloom.html_report.numbers import format_number
from airloom.html_report.report import Section, render_report
from airloom.intents.browser.atoms import AtomCounts, count_atoms
from airloom.intents.browser.bars import TEMPLATES
from airloom.intents.browser.coverage import coverage, sizes
from airloom.intents.browser.events import events_of
from airloom.intents.browser.merges import merged_labels
from airloom.intents.browser.objects import ShownObjects, shown_objects
from airloom.intents.browser.rejects import rejected_replies, unreadable_titles
from airloom.intents.browser.weights import Weights, weigh
from airloom.intents.linking.nodes import NEED, Nodes
from airloom.intents.linking.resolve_objects import ObjectIntents
from airloom.intents.store import IntentStore
from airloom.logs.changes import latest_rows
from airloom.logs.contract import COMMERCE, CONTENT, OBJECTS
from airloom.logs.lake import Lake

_ANSWER_COLUMNS: Final = (
    "atom_id", "action", "object_id", "profile_bucket", "status", "paths", "reason",
    "reasoner", "model", "prompt_version",
)  # fmt: skip


def write_browser(lake: Lake, *, day: date, intents: ObjectIntents, output: Path) -> Path:
    """Write the intent browser; its size is bounded, and it says what it leaves out.

    Args:
        lake: Where the objects, the events and the intent store lie.
        day: The last complete day, for which `intents` were resolved.
        intents: What `resolve_objects` gives.
        output: The HTML file.

    Returns:
        The file.
    """
    store = IntentStore(lake)
    objects = latest_rows(lake, OBJECTS, through=day).select(["object_id", "domain", "title"])
    objects = objects.append_column("events", events_of(lake, objects["object_id"], day=day))
    answers, rejected = store.read(_ANSWER_COLUMNS), store.rejected_rows()
    weights = weigh(intents, objects)
    atoms = count_atoms(lake, day=day, answers=answers, rejected=rejected)
    shown = shown_objects(objects, intents=intents, weights=weights, answers=answers, rejected=rejected)
    paths = _paths_an_object(objects, intents)
    sections = [
        Section("At a glance", _glance(atoms, paths, intents.nodes, weights)),
        Section("Search", _search(shown, objects)),
        Section("Where the weight lies", sizes(intents.nodes, weights)),
        Section(
            "Coverage by category",
            coverage(objects, intents=intents, weights=weights, answered=answers["object_id"]),
        ),
        Section("Labels that became one", merged_labels(intents.merge_report)),
        Section("Rejected, failed and unreadable", rejected_replies(rejected) + unreadable_titles(answers)),
    ]
    summary = (
        f"What reasoners wrote down about {np.count_nonzero(paths):,} of {len(paths):,} content objects "
        f"up to {day}, and where in the shop it leads."
    )
    write_text(output, render_report(title="Intents", summary=summary, sections=sections))
    return output


def _paths_an_object(objects: pa.Table, intents: ObjectIntents) -> NDArray[np.int64]:
    """Return the number of resolved paths of each content object, int64."""
    content = objects.filter(pc.equal(objects["domain"], CONTENT))["object_id"].combine_chunks()
    chosen = intents.table.filter(pc.is_in(intents.table["object_id"], value_set=content))
    counts: NDArray[np.int64] = pc.list_value_length(chosen["lengths"]).to_numpy().astype(np.int64)
    return counts


def _glance(atoms: AtomCounts, paths: NDArray[np.int64], nodes: Nodes, weights: Weights) -> str:
    used = weights.content > 0
    having = paths[paths > 0]
    coverage_cards = cards(
        [
            Card("Content with intents", f"{len(having):,}", f"of {len(paths):,} content objects"),
            Card(
                "Paths an object",
                format_number(float(having.mean()) if len(having) else 0.0, digits=3),
                "mean over content with intents, as ranking reads it",
            ),
            Card("Needs named", f"{np.count_nonzero(used & (nodes.kinds == NEED)):,}", "that lead somewhere"),
            Card("Nodes used", f"{np.count_nonzero(used):,}", f"of {len(used):,}, needs and categories"),
        ]
    )
    atom_cards = cards(
        [
            Card("Atoms answered", f"{atoms.answered:,}", "with at least one path"),
            Card("Empty", f"{atoms.empty:,}", "predict no purchase"),
            Card("Rejected", f"{atoms.rejected:,}", "replies that are not valid"),
            Card("Failed", f"{atoms.failed:,}", "got no reply, asked again by the next run"),
            Card("Open", f"{atoms.open:,}", f"of {atoms.known:,} known atoms, no version has answered"),
        ]
    )
    counted = ["answered", "empty", "rejected", "failed", "calls", "tokens in", "tokens out"]
    rows = [
        [
            f"{use.model}, prompt or method {use.prompt}, by {use.reasoner}",
            *use[3:-1],
            f"{use.usd:,.2f}",
        ]
        for use in atoms.versions
    ]
    caption = "Answers by model (failed = all failed attempts, including retried ones)"
    return coverage_cards + atom_cards + table(["version", *counted, "USD"], rows, caption=caption)


def _search(shown: ShownObjects, objects: pa.Table) -> str:
    parts, all_of_them = [], True
    for domain, name in ((CONTENT, "content objects"), (COMMERCE, "products")):
        every, here = pc.sum(pc.equal(objects["domain"], domain)).as_py() or 0, shown.counts[domain]
        parts.append(f"{here:,} of {every:,} {name}")
        all_of_them &= here == every
    left_out = (
        ""
        if all_of_them
        else (", those with the most events; the numbers below and of each node are of all objects")
    )
    note = f"Here are {' and '.join(parts)}{left_out}."
    search = TEMPLATES.get_template("search.html").render(note=note, data=Markup(shown.json))  # noqa: S704
    return Markup(search)  # noqa: S704 - escapes; the data has no "<"
