from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from airloom.errors import AirloomError
from pipelines.demo.summary import format_demo_summary
from pipelines.report.demo_summary import PageFigures, ServingFigures, read_demo_summary
from tests.pipelines.demo.small_summary import summary


def test_rows_are_those_of_the_last_run_which_counts_every_day(tmp_path: Path) -> None:
    assert summary(tmp_path).to_json()["validation"] == {"rows": 1200, "quarantined": 3}


def test_questions_of_all_runs_are_added_and_the_rest_had_its_answer(tmp_path: Path) -> None:
    intents = summary(tmp_path).intents
    assert (intents.atoms, intents.asked, intents.cached, intents.paths) == (100, 85, 15, 250)
    assert (intents.precision, intents.recall) == (0.5, 0.4)


def test_the_model_is_what_training_registered(tmp_path: Path) -> None:
    model = summary(tmp_path).to_json()["model"]
    assert (model["version"], model["alias"], model["hr10"]) == ("3", "champion", 0.5)
    assert model["baselines"] == {"item_cf": {"hr10": 0.4, "ndcg10": 0.2}}


def test_errors_count_as_requests_and_latencies_are_quantiles(tmp_path: Path) -> None:
    assert summary(tmp_path).serving == ServingFigures(requests=101, errors=1, p50_ms=1.0, p99_ms=9.0)


def test_reasons_of_all_days_are_counted_by_variant(tmp_path: Path) -> None:
    assert summary(tmp_path).to_json()["reasons"] == {
        "air": {
            "products": 200,
            "true_chains": 1.0,
            "with_chain": 0.8,
            "causes": {"intents": 0.8, "sequence": 0.2},
        },
        "item_cf": {
            "products": 100,
            "true_chains": None,
            "with_chain": 0.0,
            "causes": {"bought_together": 1.0},
        },
    }


def test_the_terminal_says_it_in_a_few_lines(tmp_path: Path) -> None:
    text = format_demo_summary(summary(tmp_path), Path("index.html"))
    assert "GMV per user +20.0% [+10.0%, +30.0%], true lift +25.0%: better" in text
    assert "2 of 14 columns" in text
    assert "reasons   air: 100.0% of chains true; intents 80%, sequence 20%; item_cf: bought_together" in text


def test_what_pages_of_the_whole_shop_bring_is_in_the_summary_and_read_again(tmp_path: Path) -> None:
    lead = {"item_cf": {"mean": 0.1, "low": 0.08, "high": 0.12}}
    pages = PageFigures(
        users=9,
        best_orders=2.5,
        best_gmv=100.0,
        orders={"air": 2.0, "item_cf": 1.9},
        gmv={"air": 58.0, "item_cf": 57.0},
        first_orders={"air": 0.4, "item_cf": 0.4},
        orders_minus=lead,
        gmv_minus=lead,
    )
    figures = replace(summary(tmp_path), pages=pages)
    file = tmp_path / "summary.json"
    file.write_text(json.dumps(figures.to_json()))
    assert read_demo_summary(file) == figures
    text = format_demo_summary(figures, Path("index.html"))
    assert (
        "pages     AIR 2.00 orders (80%) and 58.0 USD, item-CF 1.90 orders (76%) and 57.0 USD; at best"
        in text
    )


def test_titles_that_could_not_be_read_are_counted(tmp_path: Path) -> None:
    figures = summary(tmp_path)

    assert figures.intents.unreadable == 2
    assert "250 paths, 2 unreadable;" in format_demo_summary(figures, Path("index.html"))


def test_the_terminal_follows_the_primary_metric(tmp_path: Path) -> None:
    figures = summary(tmp_path, primary="ctr", true_lift=None)
    assert "A/B test  CTR +20.0% [+10.0%, +30.0%]: better" in format_demo_summary(figures, Path("index.html"))


def test_an_experiment_without_an_estimate_is_said_to_have_none(tmp_path: Path) -> None:
    text = format_demo_summary(summary(tmp_path, lift=None), Path("index.html"))
    assert "GMV per user: no estimate yet, true lift +25.0%: not enough data" in text


def test_a_summary_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "summary.json"
    assert read_demo_summary(file) is None
    file.write_text(json.dumps(summary(tmp_path).to_json() | {"reports": {"index": "index.html"}}))
    assert read_demo_summary(file) == summary(tmp_path)


def test_the_summary_of_an_older_release_is_read(tmp_path: Path) -> None:
    older = summary(tmp_path).to_json()
    older["experiment"] = {
        "variants": {},
        "gmv_per_user_lift": 0.2,
        "ci": [0.1, 0.3],
        "always_valid_ci": [0.05, 0.4],
        "true_lift": 0.25,
        "srm_p": 0.5,
        "verdict": "better",
    }
    (tmp_path / "summary.json").write_text(json.dumps(older))
    figures = read_demo_summary(tmp_path / "summary.json")
    assert figures is not None
    assert figures.headline == summary(tmp_path).headline


def test_what_is_no_summary_is_named(tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_text("{}")
    with pytest.raises(AirloomError, match=r"summary\.json is not a demo's summary"):
        read_demo_summary(tmp_path / "summary.json")
