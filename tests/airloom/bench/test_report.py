from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from airloom.bench.report import bench_report
from airloom.bench.results import Results, RunContext
from airloom.ranking.evaluation.intervals import Estimate
from tests.airloom.bench.small_results import small_results
from tests.offline_browser import OfflineBrowser

HOSTILE = "<script>alert('$x_$')</script>"


def test_the_page_says_who_is_best_and_which_differences_are_significant() -> None:
    results = small_results()
    html = bench_report(results)
    hits = results.models[0].test["all"].hr10.mean
    assert "In 40 cases a user bought a product. Each model ranked it among 21 products" in html
    assert f"The best, AIR, has it in the top 10 {hits:.1%}".replace("%", " %") in html
    assert '<p class="callout good">AIR is better than popularity.' in html
    assert html.count("<svg") == 4
    assert results.context.dataset["digest"] in html
    assert "abc1234" in html
    assert html == bench_report(results)


def test_the_page_is_whole_without_a_network(browser: OfflineBrowser, tmp_path: Path) -> None:
    assert browser.open_html(bench_report(small_results()), tmp_path).wrong == []


@pytest.mark.parametrize(
    ("hr10", "sentence"),
    [
        (Estimate(0.2, 0.1, 0.3), 'good">AIR is better than popularity.'),
        (Estimate(-0.2, -0.3, -0.1), 'bad">AIR is worse than popularity.'),
        (Estimate(0.1, -0.1, 0.3), 'plain">AIR vs popularity: no significant difference on 40 targets.'),
    ],
)
def test_the_interval_decides_what_is_said_about_a_difference(hr10: Estimate, sentence: str) -> None:
    results = small_results(["air", "popularity"])
    differences = [d._replace(hr10=hr10) for d in results.differences]
    assert f'<p class="callout {sentence}' in bench_report(replace(results, differences=differences))


def test_what_was_not_measured_has_no_section() -> None:
    results = small_results()
    assert "&lt;t" not in bench_report(results)
    bare = [model._replace(full={}, slices={}) for model in results.models]
    html = bench_report(replace(results, models=bare, differences=[]))
    for heading in ("Among all products", "New users, cold and rare items", "Paired differences"):
        assert f"{heading}</h2>" in bench_report(results)
        assert f"{heading}</h2>" not in html


def test_names_from_data_never_become_markup() -> None:
    assert "<script" not in bench_report(_hostile(small_results([HOSTILE, f"other {HOSTILE}"])))


def _hostile(results: Results) -> Results:
    """The same results with a domain and context that nobody should be called."""
    models = [
        model._replace(
            test={HOSTILE: model.test["food"], "all": model.test["all"]},
            full={HOSTILE: model.full["food"]},
            slices={HOSTILE: model.slices["rare items"]},
        )
        for model in results.models
    ]
    data = {**results.context.dataset, "name": HOSTILE}
    return replace(
        results,
        context=RunContext(data, {HOSTILE: HOSTILE}, HOSTILE, {HOSTILE: HOSTILE}),
        domains=[HOSTILE],
        models=models,
        differences=[d._replace(where=HOSTILE) for d in results.differences],
    )
