from __future__ import annotations

import math
from datetime import date

import pytest

from airloom.experiments.analysis import analyze
from airloom.experiments.outcomes import read_outcomes
from airloom.experiments.readout import AnalysisSettings
from airloom.experiments.report import experiment_report
from airloom.experiments.results import as_results
from airloom.experiments.surfaces import METRICS_OF_SURFACES, on_surfaces
from airloom.logs.contract import ASK, PAGE

from .conftest import SmallPlatform

DAY = date(2026, 3, 12)


def test_what_follows_from_a_page_or_an_answer_counts_where_it_was_shown(
    platform: SmallPlatform, settings: AnalysisSettings
) -> None:
    page = platform.show("ann", "air", 1, "bed", "bowl")
    answer = platform.show("ann", "air", 2, "bed", "toy", "rope", "lamp", surface=ASK)
    platform.show("bob", "item_cf", 3, "bed", surface=ASK)
    for both in ("both-1", "air"), ("both-1", "item_cf"):  # saw two variants: counts nowhere
        platform.show(*both, 4, "bed", surface=ASK)
    platform.act("ann", "click", 5, "bed", request_id=answer)
    platform.order("ann", 6, "bed", 40.0, request_id=answer)
    platform.act("ann", "click", 7, "bowl", request_id=page)
    platform.order("ann", 8, "bed", 10.0)  # of nothing that was shown
    outcomes = read_outcomes(platform.deliver(), settings, DAY)
    on_ask, by_item_cf, on_page = on_surfaces(outcomes.surfaces)
    assert on_ask[:4] == (ASK, "air", 1, 4)
    assert on_ask.values == pytest.approx({"gpm": 10_000.0, "ctr": 0.25, "cvr": 1.0})
    assert by_item_cf[:4] == (ASK, "item_cf", 1, 1)
    assert by_item_cf.values["ctr"] == 0.0
    assert math.isnan(by_item_cf.values["cvr"])
    assert on_page[:4] == (PAGE, "air", 1, 2)
    assert on_page.values == pytest.approx({"gpm": 0.0, "ctr": 0.5, "cvr": 0.0})
    assert {metric.name for metric in METRICS_OF_SURFACES} == {"gpm", "ctr", "cvr"}


def test_surfaces_add_up_to_the_whole(platform: SmallPlatform, settings: AnalysisSettings) -> None:
    for number in range(6):
        request = platform.show(f"u{number}", "air", number, "bed", "toy", surface=[None, ASK][number % 2])
        platform.order(f"u{number}", 10, "bed", 5.0 + number, request_id=request)
    outcomes = read_outcomes(platform.deliver(), settings, DAY)
    users, surfaces = outcomes.users.to_pylist(), outcomes.surfaces.to_pylist()
    for column in ("impressions", "page_clicks", "page_orders", "page_gmv"):
        assert sum(row[column] for row in surfaces) == sum(row[column] for row in users)


def test_the_report_has_them_where_there_are_several(
    platform: SmallPlatform, settings: AnalysisSettings
) -> None:
    platform.show("ann", "air", 1, "bed")
    one = analyze(read_outcomes(platform.deliver(), settings, DAY), settings, DAY)
    assert "By surface" not in experiment_report(one)
    assert [row["surface"] for row in as_results(one)["surfaces"]] == [PAGE]
    platform.show("ann", "air", 2, "bed", surface=ASK)
    both = analyze(read_outcomes(platform.deliver(), settings, DAY), settings, DAY)
    assert "By surface" in experiment_report(both)
    assert [row["surface"] for row in as_results(both)["surfaces"]] == [ASK, PAGE]
