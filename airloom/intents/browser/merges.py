"""Which labels were merged into one node, and how to override it."""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from airloom.html_report.blocks import callout, code, link, prose, table
from airloom.intents.linking.merge_report import OWN

_GROUPS: Final = 20
_LABELS: Final = 6
"""Groups of one kind, and labels of one group, that are shown."""


def merged_labels(report: pa.Table) -> str:
    """Return the largest groups of labels that lead to the same node.

    Args:
        report: `airloom.intents.linking.merge_report.MERGE_REPORT_SCHEMA`.
    """
    lost = report.filter(pc.not_equal(report["how"], OWN))
    if not lost.num_rows:
        return callout("No label was merged into another.", tone="good")
    groups = (
        lost.sort_by([("paths", "descending"), ("label", "ascending")])
        .group_by(["kind", "parent", "becomes", "node"], use_threads=False)
        .aggregate(
            [("label", "list"), ("cosine", "list"), ("how", "list"), ("paths", "sum"), ("label", "count")]
        )
        .sort_by(
            [
                ("kind", "ascending"),
                ("label_count", "descending"),
                ("paths_sum", "descending"),
                ("becomes", "ascending"),
            ]
        )
    )
    body = ""
    for kind in sorted(set(groups["kind"].to_pylist())):
        of_kind = groups.filter(pc.equal(groups["kind"], kind))
        shown = of_kind.slice(0, _GROUPS)
        labels = pc.sum(of_kind["label_count"]).as_py()
        caption = (
            f"{kind}: {labels:,} labels became {of_kind.num_rows:,} others; "
            f"the {shown.num_rows} that took most"
        )
        rows = [_row(group) for group in shown.to_pylist()]
        body += table(["becomes", "labels", "paths", "which, with cosine or override"], rows, caption=caption)
    return body + _how_to_override(groups.slice(0, 1).to_pylist()[0])


def _row(group: dict[str, Any]) -> list[object]:
    becomes = group["becomes"] if group["node"] is None else link(group["becomes"], f"#node={group['node']}")
    shown = [
        f"{label} ({how if cosine is None else f'{cosine:.2f}'})"
        for label, cosine, how in zip(
            group["label_list"][:_LABELS], group["cosine_list"], group["how_list"], strict=False
        )
    ]
    more = group["label_count"] - len(shown)
    return [
        becomes,
        group["label_count"],
        group["paths_sum"],
        ", ".join(shown) + (f" and {more:,} more" if more else ""),
    ]


def _how_to_override(group: dict[str, Any]) -> str:
    kind, label = group["kind"], group["label_list"][0]
    return prose(
        "Where two labels should not be one, or should be, write a line into intents/overrides.tsv below the "
        "lake; the columns are separated by tabs. To keep a label apart let it become itself, to drop it "
        "write a dash. For example:"
    ) + code(f"kind\tlabel\tbecomes\n{kind}\t{label}\t{label if kind == 'need' else group['becomes']}")
