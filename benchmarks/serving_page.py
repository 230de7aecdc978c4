"""Write one report of pictures from the results of `serve_latency`, `scale` and `soak`.

python -m benchmarks.serving_page FILE [FILE ...] --html benchmarks/results/serving.html
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from airloom.errors import AirloomError
from airloom.files import write_text
from airloom.html_report.blocks import table
from airloom.html_report.figures import SERIES, figure, plot_style
from airloom.html_report.report import Section, render_report

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PERCENTILES: Final = ("p50_ms", "p95_ms", "p99_ms", "p99.9_ms")


def main() -> None:
    """Read the files, write the report."""
    options = _parser().parse_args()
    sections = [section for file in options.files for section in sections_of(file)]
    summary = (
        "Each section is one run on one machine; the numbers are beside this report, in the file it names."
    )
    write_text(options.html, render_report(title="Serving, measured", summary=summary, sections=sections))


def sections_of(file: Path) -> list[Section]:
    """Return the pictures and tables of one result.

    Raises:
        AirloomError: It is of none of the three benchmarks.
    """
    try:
        result = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AirloomError(f"{file} cannot be read ({error})", do="Name a result of a benchmark") from error
    for key, make in _MAKERS.items():
        if isinstance(result, dict) and key in result:
            return make(result, file.name)
    raise AirloomError(f"{file} is no result of serving", do="Use serve_latency, scale or soak")


def _latency(result: dict[str, Any], name: str) -> list[Section]:
    rows = [{"state": "warm"} | row for row in result["rows"]]  # results before 2026-11-30 are all warm
    one_connection = [row for row in rows if row["connections"] == 1]
    warm = [row for row in one_connection if row["state"] == "warm"]

    def draw(axes: Axes) -> None:
        def kind(row: dict[str, Any]) -> tuple[str, str]:
            return row["protocol"], row["store"]

        for number, (what, group) in enumerate(groupby(sorted(warm, key=kind), key=kind)):
            mine = sorted(group, key=lambda row: row["candidates"])
            counts = [row["candidates"] for row in mine]
            color = SERIES[number % len(SERIES)]
            axes.plot(
                counts, [row["p50_ms"] for row in mine], "o-", color=color, label=f"{' '.join(what)} p50"
            )
            axes.plot(
                counts, [row["p99_ms"] for row in mine], "o:", color=color, label=f"{' '.join(what)} p99"
            )
        axes.set_xlabel("candidates")
        axes.set_ylabel("milliseconds")
        axes.set_ylim(bottom=0)
        axes.legend()

    cells = [
        (
            *(row[column] for column in ("protocol", "store", "state", "candidates", "connections")),
            round(row["rps"]),
            "" if row["most_rps"] is None else round(row["most_rps"]),
            *(round(row[column], 2) for column in PERCENTILES),
            int(row["errors"]),
        )
        for row in rows
    ]
    head = ["protocol", "store", "state", "candidates", "connections"]
    head += ["requests/s", "at most", *PERCENTILES, "errors"]
    notes = [_machine(result)]
    notes += [f"ready with {store} after {value:.1f} s" for store, value in result.get("ready_s", {}).items()]
    picture = _picture(draw, alt="Latency on one connection against the number of candidates")
    whole = table(head, cells, caption="; ".join(notes))
    return [Section(f"Latency ({name})", picture + whole + _stages(one_connection) + _floor(result))]


def _stages(rows: list[dict[str, Any]]) -> str:
    """Return a table of the time in each stage by the service's own count, for rows that have it."""
    asked = [row for row in rows if row.get("stages_ms")]
    if not asked:
        return Markup()
    stages = list(asked[0]["stages_ms"])
    kind = ("protocol", "store", "state", "candidates")
    cells = [
        (*(row[column] for column in kind), *(round(row["stages_ms"][stage], 2) for stage in stages))
        for row in asked
    ]
    head = [*kind, *(f"{stage} ms" for stage in stages)]
    return table(head, cells, caption="Where the service says the time goes, means over one connection")


def _floor(result: dict[str, Any]) -> str:
    """Return the latency of an answer without any work."""
    floor = result.get("floor", {})
    # results before 2026-11-30 have only that of HTTP
    floors: dict[str, dict[str, float]] = {"http": floor} if "p50_ms" in floor else floor
    if not floors:
        return Markup()
    cells = [
        (protocol, *(round(latencies[name], 2) for name in PERCENTILES))
        for protocol, latencies in floors.items()
    ]
    return table(["protocol", *PERCENTILES], cells, caption="An answer without any work, one connection")


def _scale(result: dict[str, Any], name: str) -> list[Section]:
    catalogues, users = result["catalogues"], result["users"]

    def draw(axes: Axes) -> None:
        for number, what in enumerate(("given_100", "given_300", "proposed")):
            sizes = [row["products"] for row in catalogues]
            axes.plot(
                sizes, [row[f"{what}_p50_ms"] for row in catalogues], "o-", color=SERIES[number], label=what
            )
        axes.set_xscale("log")
        axes.set_ylim(bottom=0)
        axes.set_xlabel("products")
        axes.set_ylabel("milliseconds, p50, in process")
        axes.legend()

    growth = [(what, power) for what, power in result["growth"].items()]
    return [
        Section(
            f"Growth ({name})",
            _picture(draw, alt="Time of a page against the number of products")
            + table(
                list(catalogues[0]), [tuple(row.values()) for row in catalogues], caption=_machine(result)
            )
            + table(list(users[0]), [tuple(row.values()) for row in users])
            + table(["measure", "grows with the power"], growth),
        )
    ]


def _soak(result: dict[str, Any], name: str) -> list[Section]:
    def draw(axes: Axes) -> None:
        seconds, mib = zip(*result["memory_series"], strict=True)
        axes.plot([second / 60 for second in seconds], mib, color=SERIES[0])
        axes.set_ylim(bottom=0)
        axes.set_xlabel("minutes")
        axes.set_ylabel("resident MiB")

    cells = [(what, str(value)) for what, value in result.items() if what not in ("memory_series", "machine")]
    picture = _picture(draw, alt="Memory of the service over the run")
    return [Section(f"Soak ({name})", picture + table(["what", "found"], cells, caption=_machine(result)))]


_MAKERS: Final[dict[str, Callable[[dict[str, Any], str], list[Section]]]] = {
    "rows": _latency,
    "catalogues": _scale,
    "memory_series": _soak,
}


def _picture(draw: Callable[[Axes], None], *, alt: str) -> str:
    from matplotlib.figure import Figure

    with plot_style():
        fig = Figure(figsize=(9, 3.6), layout="constrained")
        draw(fig.subplots())
        return figure(fig, alt=alt)


def _machine(result: dict[str, Any]) -> str:
    notes: dict[str, Any] = {"commit": result["commit"]} if "commit" in result else {}
    return ", ".join(f"{name} {value}" for name, value in (notes | result["machine"]).items())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path, help="results as JSON")
    parser.add_argument("--html", type=Path, required=True, help="where the report goes")
    return parser


if __name__ == "__main__":
    main()
