"""Rejected replies and failed attempts, with their reasons."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airloom.html_report.blocks import callout, link, prose, table
from airloom.llm.outcome import FAILED, REJECTED
from airloom.llm.prompt import visible

_REASONS: Final = 30
_SAMPLE: Final = 12
_RAW: Final = 200
"""Reasons, replies, and characters of a reply that are shown."""


def rejected_replies(rows: pa.Table) -> str:
    """Return counts by version and reason, and a sample of the replies.

    Args:
        rows: `IntentStore.rejected_rows`.
    """
    if not rows.num_rows:
        return callout("Nothing was rejected: every reply was valid.", tone="good")
    rejected, failed = (rows.filter(pc.equal(rows["status"], status)) for status in (REJECTED, FAILED))
    return (
        _reasons(rejected, caption="Replies that are no answer, also after the repair; not asked again")
        + _sample(rejected)
        + _reasons(failed, caption="Attempts that got no reply; the next run asks again about these atoms")
    )


def unreadable_titles(answers: pa.Table) -> str:
    """Return counts of the empty answers that say why, by version and reason; empty if there are none.

    Args:
        answers: `IntentStore.read`.
    """
    rows = answers.filter(pc.is_valid(answers["reason"]))
    if not rows.num_rows:
        return ""
    return _reasons(rows, caption="Titles that the encoder cannot read: no guess is made about them")


def _reasons(rows: pa.Table, *, caption: str) -> str:
    if not rows.num_rows:
        return prose(f"{caption}: none.")
    counts = (
        rows.group_by(["model", "prompt_version", "reason"], use_threads=False)
        .aggregate([([], "count_all")])
        .sort_by([("count_all", "descending"), ("model", "ascending"), ("reason", "ascending")])
    )
    cut = f" ({_REASONS} of {counts.num_rows:,} reasons)" if counts.num_rows > _REASONS else ""
    return table(
        ["model", "prompt", "reason", "count"],
        [
            [row["model"], row["prompt_version"], row["reason"], row["count_all"]]
            for row in counts.slice(0, _REASONS).to_pylist()
        ],
        caption=f"{caption}{cut}",
    )


def _sample(rows: pa.Table) -> str:
    """Return replies with different reasons first, so that a frequent one does not hide the others."""
    if not rows.num_rows:
        return ""
    keys = ["model", "prompt_version", "reason"]
    rows = rows.sort_by([(name, "ascending") for name in (*keys, "atom_id")])
    group = pc.binary_join_element_wise(*(rows[name] for name in keys), "\n").combine_chunks()
    numbers = group.dictionary_encode().indices.to_numpy()
    rank = np.arange(len(numbers)) - np.searchsorted(numbers, numbers)
    sample = rows.take(np.argsort(rank, kind="stable")[:_SAMPLE]).to_pylist()
    lines = [
        [
            link(row["object_id"], f"#object={quote(row['object_id'], safe='')}")
            if row["object_id"]
            else None,
            row["model"],
            row["reason"],
            visible(row["raw"] or "", _RAW),
        ]
        for row in sample
    ]
    return table(["object", "model", "reason", "reply"], lines, caption=f"A sample, cut to {_RAW} characters")
