"""One page of pictures from the results of `serve_latency`, `scale` and `soak`.

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
    """Read the files, write the page."""
    options = _parser().parse_args()
    sections = [section for file in options.files for section in sections_of(file)]
    summary = (
        "Each section is one run on one machine; the numbers are beside this page, in the file it names."
    )
    write_text(options.html, render_report(title="Serving, measured", summary=summary, sections=sections))


def sections_of(file: Path) -> list[Section]:
    """The pictures and tables of one result.

    Raises:
        AirloomError: It is of none of the three benchmarks.
    """
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AirloomError(f"{file} cannot be read ({error})", do="Name a result of a benchmark") from error
    for key, make in _MAKERS.items():
        if isinstance(found, dict) and key in found:
            return make(found, file.name)
    raise AirloomError(f"{file} is no result of serving", do="Use serve_latency, scale or soak")


def _latency(found: dict[str, Any], name: str) -> list[Section]:
    rows = [{"state": "warm"} | row for row in found["rows"]]  # results before 2026-11-30 are all warm
    alone = [row for row in rows if row["connections"] == 1]
    warm = [row for row in alone if row["state"] == "warm"]

    def draw(axes: Axes) -> None:
        def kind(row: dict[str, Any]) -> tuple[str, str]:
            return row["protocol"], row["store"]

        for number, (what, group) in enumerate(groupby(sorted(warm, key=kind), key=kind)):
            mine = sorted(group, key=lambda row: row["candidates"])
            counts = [row["candidates"] for row in mine]
            colour = SERIES[number % len(SERIES)]
            axes.plot(
                counts, [row["p50_ms"] for row in mine], "o-", color=colour, label=f"{' '.join(what)} p50"
            )
            axes.plot(
                counts, [row["p99_ms"] for row in mine], "o:", color=colour, label=f"{' '.join(what)} p99"
            )
        axes.set_xlabel("candidates")
        axes.set_ylabel("milliseconds")
        axes.set_ylim(bottom=0)
        axes.legend()

    cells = [
        (
            *(row[each] for each in ("protocol", "store", "state", "candidates", "connections")),
            round(row["rps"]),
            "" if row["most_rps"] is None else round(row["most_rps"]),
            *(round(row[each], 2) for each in PERCENTILES),
            int(row["errors"]),
        )
        for row in rows
    ]
    head = ["protocol", "store", "state", "candidates", "connections"]
    head += ["requests/s", "at most", *PERCENTILES, "errors"]
    told = [_machine(found)]
    told += [f"ready with {store} after {value:.1f} s" for store, value in found.get("ready_s", {}).items()]
    picture = _picture(draw, alt="Latency on one connection against the number of candidates")
    whole = table(head, cells, caption="; ".join(told))
    return [Section(f"Latency ({name})", picture + whole + _stages(alone) + _floor(found))]


def _stages(rows: list[dict[str, Any]]) -> str:
    """Where the service says its time went, of rows that have asked it."""
    asked = [row for row in rows if row.get("stages_ms")]
    if not asked:
        return Markup()
    stages = list(asked[0]["stages_ms"])
    kind = ("protocol", "store", "state", "candidates")
    cells = [
        (*(row[each] for each in kind), *(round(row["stages_ms"][stage], 2) for stage in stages))
        for row in asked
    ]
    head = [*kind, *(f"{stage} ms" for stage in stages)]
    return table(head, cells, caption="Where the service says the time goes, means over one connection")


def _floor(found: dict[str, Any]) -> str:
    """What an answer without any work takes."""
    floor = found.get("floor", {})
    # results before 2026-11-30 have that of HTTP alone
    floors: dict[str, dict[str, float]] = {"http": floor} if "p50_ms" in floor else floor
    if not floors:
        return Markup()
    cells = [(protocol, *(round(each[name], 2) for name in PERCENTILES)) for protocol, each in floors.items()]
    return table(["protocol", *PERCENTILES], cells, caption="An answer without any work, one connection")


def _scale(found: dict[str, Any], name: str) -> list[Section]:
    catalogues, users = found["catalogues"], found["users"]

    def pages(axes: Axes) -> None:
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

    growth = [(what, power) for what, power in found["growth"].items()]
    return [
        Section(
            f"Growth ({name})",
            _picture(pages, alt="Time of a page against the number of products")
            + table(list(catalogues[0]), [tuple(row.values()) for row in catalogues], caption=_machine(found))
            + table(list(users[0]), [tuple(row.values()) for row in users])
            + table(["measure", "grows with the power"], growth),
        )
    ]


def _soak(found: dict[str, Any], name: str) -> list[Section]:
    def draw(axes: Axes) -> None:
        seconds, mib = zip(*found["memory_series"], strict=True)
        axes.plot([each / 60 for each in seconds], mib, color=SERIES[0])
        axes.set_ylim(bottom=0)
        axes.set_xlabel("minutes")
        axes.set_ylabel("resident MiB")

    cells = [(what, str(value)) for what, value in found.items() if what not in ("memory_series", "machine")]
    picture = _picture(draw, alt="Memory of the service over the run")
    return [Section(f"Soak ({name})", picture + table(["what", "found"], cells, caption=_machine(found)))]


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


def _machine(found: dict[str, Any]) -> str:
    told: dict[str, Any] = {"commit": found["commit"]} if "commit" in found else {}
    return ", ".join(f"{name} {value}" for name, value in (told | found["machine"]).items())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path, help="results as JSON")
    parser.add_argument("--html", type=Path, required=True, help="where the page goes")
    return parser


if __name__ == "__main__":
    main()
