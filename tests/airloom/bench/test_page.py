from __future__ import annotations

from dataclasses import replace

import pytest

from airloom.bench.page import bench_page
from airloom.bench.results import Circumstances, Results
from airloom.ranking.evaluation.intervals import Estimate
from tests.airloom.bench.small_contest import small_results

HOSTILE = "<script>alert('$x_$')</script>"


def test_the_page_says_who_is_best_and_what_can_be_told_apart() -> None:
    results = small_results()
    page = bench_page(results)
    hits = results.models[0].test["all"].hr10.mean
    assert "40 times a person wanted a product. Each model had to find it among 21 products" in page
    assert f"The best, AIR, puts it among its first ten {hits:.1%}".replace("%", " %") in page
    assert '<p class="callout good">AIR is better than popularity.' in page
    assert page.count("<svg") == 4
    assert results.circumstances.dataset["digest"] in page
    assert "abc1234" in page
    assert page == bench_page(results)


@pytest.mark.parametrize(
    ("hr10", "said"),
    [
        (Estimate(0.2, 0.1, 0.3), 'good">AIR is better than popularity.'),
        (Estimate(-0.2, -0.3, -0.1), 'bad">AIR is worse than popularity.'),
        (Estimate(0.1, -0.1, 0.3), 'plain">AIR and popularity cannot be told apart on 40 targets.'),
    ],
)
def test_the_interval_decides_what_is_said_about_a_difference(hr10: Estimate, said: str) -> None:
    results = small_results(["air", "popularity"])
    differences = [each._replace(hr10=hr10) for each in results.differences]
    assert f'<p class="callout {said}' in bench_page(replace(results, differences=differences))


def test_what_was_not_measured_has_no_section() -> None:
    results = small_results()
    bare = [model._replace(full={}, slices={}) for model in results.models]
    page = bench_page(replace(results, models=bare, differences=[]))
    for heading in ("Among all products", "New, rare and little known", "What makes the difference"):
        assert f"{heading}</h2>" in bench_page(results)
        assert f"{heading}</h2>" not in page


def test_names_from_data_never_become_markup() -> None:
    assert "<script" not in bench_page(_hostile(small_results([HOSTILE, f"other {HOSTILE}"])))


def _hostile(results: Results) -> Results:
    """The same results with a domain and circumstances that nobody should be called."""
    models = [
        model._replace(
            test={HOSTILE: model.test["food"], "all": model.test["all"]},
            full={HOSTILE: model.full["food"]},
            slices={HOSTILE: model.slices["rare items"]},
        )
        for model in results.models
    ]
    data = {**results.circumstances.dataset, "name": HOSTILE}
    return replace(
        results,
        circumstances=Circumstances(data, {HOSTILE: HOSTILE}, HOSTILE, {HOSTILE: HOSTILE}),
        domains=[HOSTILE],
        models=models,
        differences=[each._replace(where=HOSTILE) for each in results.differences],
    )
