from __future__ import annotations

import html
import json
import re
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from airloom.errors import AirloomError
from airloom.experiments.analysis import ExperimentVerdict
from airloom.logs.contract import EVENTS, EXPOSURES, OBJECTS
from airloom.logs.lake import Lake
from airloom.logs.repeats import ID_OF_ANOTHER, REPEATED, SENT_AGAIN
from pipelines.experiment_file import AIR_AGAINST_ITEM_CF, keep_experiment
from pipelines.home import Home
from pipelines.report.index import SAMPLES, write_index
from tests.offline_browser import OfflineBrowser, OpenedPage
from tests.pipelines.demo.small_summary import summary
from tests.pipelines.report.small_home import (
    DAY,
    RunOnDisk,
    daily_run,
    experiment_results,
    quarantined_rows,
    training_run,
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home in which one daily run has ended well."""
    home = Home.at(tmp_path)
    daily_run(home)
    return home


def result_page(home: Home, browser: OfflineBrowser) -> OpenedPage:
    page = browser.open_file(Path(write_index(home)["index"]))
    assert page.wrong == []
    return page


def test_every_link_of_the_index_leads_to_a_page(home: Home) -> None:
    reports = write_index(home)
    assert {"validation", "experiment", "drift", "pipelines", "index"} <= set(reports)
    assert all(Path(path).is_file() for path in reports.values())
    index = Path(reports["index"]).read_text(encoding="utf-8")
    for name, path in reports.items():
        if name != "index":
            assert f'href="{Path(path).relative_to(home.report)}"' in index


def test_every_report_leads_back_to_the_index(home: Home, browser: OfflineBrowser) -> None:
    reports = write_index(home)
    for name, path in reports.items():
        page = browser.open_file(Path(path))
        assert page.wrong == []
        if name != "index":
            assert Path(path).parent.joinpath(page.links[0]).resolve() == Path(reports["index"])
    validation = browser.open_file(Path(reports["validation"]))
    assert "観る 👀" in validation.text


def test_a_site_that_an_older_release_made_is_left_out(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    docs = home.run("airloom-daily", str(DAY)) / "validate-logs" / "data_docs" / "index.html"
    docs.write_text('<script src="https://example.org/jquery.js"></script>')
    assert "validation" not in write_index(home)
    assert f"{docs} is left out of the reports" in capsys.readouterr().err


def test_a_home_without_a_model_or_an_experiment_says_what_is_missing(
    home: Home, browser: OfflineBrowser
) -> None:
    page = result_page(home, browser)
    assert "No page of an experiment has been served yet" in page.text
    assert f"airloom serve --home {home.root}" in page.text
    assert "No ranker has been trained yet" in page.text
    assert f"Next: train a ranker: airloom run training --home {home.root}." in page.text
    assert "1 of 13 columns differ from the days before" in page.text


def test_the_data_are_shown_with_what_is_wrong_in_them(tmp_path: Path, browser: OfflineBrowser) -> None:
    home = Home.at(tmp_path)
    daily_run(home, missing_days=["2026-03-10"], withdrawn=["events of 2026-03-03"])
    quarantined_rows(home, "dwell_s is less than zero; ts is null", "ts is null")

    page = result_page(home, browser)

    assert "1 day was never delivered: 2026-03-10; taken back: events of 2026-03-03." in page.text
    assert "events\t700\t12\t1.71 %" in page.text
    assert "events\tts is null\t2\nevents\tdwell_s is less than zero\t1" in page.text
    assert "80.0 %\n3 could not be read" in page.text
    assert "u1" not in page.text


def test_the_reasons_are_those_of_the_rows_that_are_counted(tmp_path: Path, browser: OfflineBrowser) -> None:
    home = Home.at(tmp_path)
    daily_run(home)
    quarantined_rows(home, *REPEATED)
    assert "why rows are in quarantine" not in result_page(home, browser).text

    quarantined_rows(home, "ts is null", day=DAY + timedelta(days=1))
    assert "ts is null" not in result_page(home, browser).text

    quarantined_rows(home, SENT_AGAIN, ID_OF_ANOTHER)
    text = result_page(home, browser).text
    assert f"events\t{ID_OF_ANOTHER}\t1" in text
    assert SENT_AGAIN not in text


def test_what_an_older_release_measured_among_sampled_products_is_called_so(
    home: Home, browser: OfflineBrowser
) -> None:
    training_run(home, DAY - timedelta(days=1), hr10=0.8, sampled=True)
    assert "among 999 other products that were drawn at random" in result_page(home, browser).text
    training_run(home)
    assert "HR@10\t0.450\t0.800 among sampled products" in result_page(home, browser).text


def test_the_ranker_is_compared_with_baselines_and_with_the_last_one(
    home: Home, browser: OfflineBrowser
) -> None:
    training_run(home, DAY - timedelta(days=1), hr10=0.4)
    training_run(home, version=None)

    page = result_page(home, browser)

    assert "73 products were ordered by 51 users" in page.text
    assert "of 300 candidates from all 2,600 products on sale" in page.text
    assert "item-CF\t0.230\t0.120\t+0.200 (+0.100 to +0.300)" in page.text
    assert "air-0315: not registered: it does not serve. hr10 0.4500: above item_cf." in page.text
    assert "\tair-0315\tair-0314\n" in page.text
    assert "HR@10\t0.450\t0.400" in page.text
    assert "intents read by\tllm-qwen\tllm-qwen" in page.text
    assert "The 2 settings of air-0315, as a recipe names them" in page.text
    index = (home.report / "index.html").read_text(encoding="utf-8")
    assert "training.ranker.towers.ids.ensemble_members" in index
    assert "training.ranker.price_exponent" in index
    assert "run over the logs up to\t2026-03-15\t2026-03-14" in page.text
    assert "HR@10: the share of lists with a product" in page.text  # on paper and under a finger, too


def test_a_model_without_content_says_so(home: Home, browser: OfflineBrowser) -> None:
    training_run(home, intents={})
    assert "and the categories of the products that the user chose" in result_page(home, browser).text
    assert "intents read by\tno content to read" in result_page(home, browser).text


def test_prices_have_their_currency_or_are_not_shown(home: Home, browser: OfflineBrowser) -> None:
    training_run(home)
    assert "9.5" not in result_page(home, browser).text
    lake = Lake(home.lake)
    lake.write(OBJECTS, DAY, pa.Table.from_pylist([{"currency": "GBP"}], schema=OBJECTS.stored_schema))
    assert "#\tproduct\tprice, GBP\tbecause" in result_page(home, browser).text


def test_six_users_pages_are_explained_by_pseudonym(home: Home, browser: OfflineBrowser) -> None:
    training_run(home)
    page = result_page(home, browser)
    assert "User 1, 40 events; then ordered bed (not on the page)" in page.text
    index = (home.report / "index.html").read_text(encoding="utf-8")
    assert index.count("; then ordered bed") == 6
    assert "<td>pets → 猫ベッド</td><td>view: cat 🐈</td>" in index
    assert "<td>It is in the most popular quarter of its category, and not alone there.</td>" in index


def test_the_verdict_comes_from_the_latest_experiment(home: Home, browser: OfflineBrowser) -> None:
    experiment_results(home, day=DAY - timedelta(days=1), lift=None)
    experiment_results(home, lift=0.2)
    page = result_page(home, browser)
    assert "air-against-item-cf: better. GMV per user, air vs item_cf: +20.0 % (95% interval" in page.text
    assert "always-valid interval: where the true change lies" in page.text


def test_pages_after_the_last_day_of_events_are_named(home: Home, browser: OfflineBrowser) -> None:
    lake = Lake(home.lake)
    lake.write(EVENTS, DAY, EVENTS.stored_schema.empty_table())
    for served in (DAY + timedelta(days=1), DAY + timedelta(days=300)):
        lake.write(lake.landing(EXPOSURES), served, EXPOSURES.stored_schema.empty_table())
    experiment_results(home, users=0, lift=None)
    text = result_page(home, browser).text
    assert "No page of an experiment has been served yet" not in text
    assert (
        "Pages were served on 2026-03-16 to 2027-01-09; the newest day of events that a daily run read is "
        "2026-03-15. What users did after they saw a page is not in the logs yet" in text
    )


def test_pages_that_do_not_count_are_named(home: Home, browser: OfflineBrowser) -> None:
    lake = Lake(home.lake)
    lake.write(EVENTS, DAY, EVENTS.stored_schema.empty_table())
    lake.write(lake.landing(EXPOSURES), DAY, EXPOSURES.stored_schema.empty_table())
    keep_experiment(home, replace(AIR_AGAINST_ITEM_CF, first_day=DAY + timedelta(days=1)))
    experiment_results(home, users=0, lift=None)
    text = result_page(home, browser).text
    assert "Pages were served on 2026-03-15;" in text
    assert "No user saw exactly one variant of air-against-item-cf from 2026-03-16 on up to that day" in text


def test_an_experiment_that_nobody_has_seen_is_none(home: Home, browser: OfflineBrowser) -> None:
    experiment_results(home, users=0, lift=None)
    assert "No page of an experiment has been served yet" in result_page(home, browser).text


def test_every_run_has_its_time_and_its_log_also_one_that_failed(home: Home, browser: OfflineBrowser) -> None:
    RunOnDisk(home, "airloom-daily", DAY + timedelta(days=1), succeeded=False)

    page = result_page(home, browser)

    assert "airloom-daily\t2026-03-16\tdid not end well\t–\tlog" in page.text
    assert "airloom-daily\t2026-03-15\tsucceeded\t1 min 3 s\tlog" in page.text
    logs = [link for link in page.links if link.endswith("run.log")]
    assert [(home.report / log).resolve().read_text() for log in logs] == ["the whole output"] * 2


def test_a_moved_home_shows_its_own_reports(home: Home, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(home.root / "runs", moved / "runs")
    reports = write_index(Home.at(moved))
    assert {"validation", "drift"} <= set(reports)
    assert all(path.startswith(str(moved)) for path in reports.values())


def test_the_demos_figures_and_rankings_are_shown(home: Home, tmp_path: Path) -> None:
    home.summary.write_text(json.dumps(summary(tmp_path).to_json()))
    (home.root / "demo").mkdir()
    (home.root / "demo" / SAMPLES).write_text(json.dumps([sample()]))

    reports = write_index(home)

    index = Path(reports["index"]).read_text(encoding="utf-8")
    assert "GMV per user, air vs item_cf: +20.0 % (95% interval +10.0 % to +30.0 %); the true effect" in index
    assert index.count("<svg") == 2
    explained = Path(reports["explained"]).read_text(encoding="utf-8")
    assert "van life → Camp Kitchen → Camping Stoves" in explained
    assert "&lt;b&gt;Stove" in explained
    assert "9.5" not in explained
    catalogue = pa.Table.from_pylist([{"currency": "EUR"}], schema=OBJECTS.stored_schema)
    Lake(home.lake).write(OBJECTS, DAY, catalogue)
    assert "price, EUR" in Path(write_index(home)["explained"]).read_text(encoding="utf-8")
    assert "chosen with Stove" in explained


def test_the_check_of_all_served_reasons_is_shown(home: Home, tmp_path: Path) -> None:
    home.summary.write_text(json.dumps(summary(tmp_path).to_json()))
    (home.root / "demo").mkdir()
    (home.root / "demo" / SAMPLES).write_text(json.dumps([sample()]))

    reports = write_index(home)
    text = _text(Path(reports["explained"]))

    card = "True reasons 100.0 % air: 80.0 % of 200 products have a chain"
    assert card in _text(Path(reports["index"]))
    assert "air 200 100.0 % 80.0 %" in text
    assert "item_cf 100 – 0.0 %" in text
    assert "sequence The sequence encoder expects it after the user's latest events. 20.0 % 0.0 %" in text


def test_the_summary_of_an_older_release_has_no_check(home: Home, tmp_path: Path) -> None:
    older = summary(tmp_path).to_json()
    del older["reasons"]
    home.summary.write_text(json.dumps(older))
    (home.root / "demo").mkdir()
    (home.root / "demo" / SAMPLES).write_text(json.dumps([sample()]))

    assert "Are the reasons true?" not in Path(write_index(home)["explained"]).read_text(encoding="utf-8")


def test_an_experiment_without_an_estimate_is_shown_as_one(home: Home, tmp_path: Path) -> None:
    home.summary.write_text(json.dumps(summary(tmp_path, lift=None).to_json()))

    index = Path(write_index(home)["index"]).read_text(encoding="utf-8")

    assert "GMV per user has no estimate yet." in index
    assert "not enough data" in index
    assert "no estimate yet</" in index


def test_a_later_run_in_a_demos_home_is_shown(home: Home, tmp_path: Path) -> None:
    home.summary.write_text(json.dumps(summary(tmp_path).to_json()))
    experiment_results(home, lift=0.3)

    index = Path(write_index(home)["index"]).read_text(encoding="utf-8")

    assert "GMV per user, air vs item_cf: +30.0 %" in index
    assert "+20.0 %" not in index
    assert "Quality of the intents, against the simulation" in index


def test_the_latest_day_of_the_homes_own_experiment_is_shown(home: Home) -> None:
    experiment_results(home, lift=0.2)
    experiment_results(home, lift=0.1, day=DAY - timedelta(days=1))
    experiment_results(home, lift=0.5, day=DAY + timedelta(days=1), name="zebra")
    index = Path(write_index(home)["index"]).read_text(encoding="utf-8")
    assert "air-against-item-cf: better. GMV per user, air vs item_cf: +20.0 %" in index

    own = replace(AIR_AGAINST_ITEM_CF, experiment=replace(AIR_AGAINST_ITEM_CF.experiment, name="zebra"))
    keep_experiment(home, own)
    index = Path(write_index(home)["index"]).read_text(encoding="utf-8")
    assert "zebra: better. GMV per user, air vs item_cf: +50.0 %" in index


def test_an_experiment_that_only_one_run_named_is_shown_until_the_homes_own_has_results(home: Home) -> None:
    experiment_results(home, name="named-by-an-option")
    assert "named-by-an-option: better." in Path(write_index(home)["index"]).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("verdict", "tone"),
    [
        (ExperimentVerdict.BETTER, "good"),
        (ExperimentVerdict.WORSE, "bad"),
        (ExperimentVerdict.NO_DIFFERENCE, "plain"),
        (ExperimentVerdict.SAMPLE_RATIO_MISMATCH, "bad"),
        (ExperimentVerdict.NOT_ENOUGH_DATA, "warn"),
    ],
)
def test_a_verdict_has_its_color(home: Home, verdict: ExperimentVerdict, tone: str) -> None:
    experiment_results(home, verdict=verdict)
    index = Path(write_index(home)["index"]).read_text(encoding="utf-8")
    sentence = f"air-against-item-cf: {verdict}. GMV per user, air vs item_cf"
    assert re.search(rf'<[a-z]+ class="callout {tone}"[^>]*>\s*(<p>)?{re.escape(sentence)}', index)


def test_the_index_follows_the_primary_metric(home: Home, tmp_path: Path) -> None:
    home.summary.write_text(json.dumps(summary(tmp_path, primary="ctr", true_lift=None).to_json()))

    index = Path(write_index(home)["index"]).read_text(encoding="utf-8")

    assert "CTR, air vs item_cf: +20.0 % (95% interval +10.0 % to +30.0 %)." in index
    assert "change of CTR, air vs item_cf, %" in index
    assert "GMV" not in index


def test_without_a_run_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(AirloomError, match=r"No pipeline has run in .* Run: airloom demo"):
        write_index(Home.at(tmp_path))


def _text(report: Path) -> str:
    """The words of a report without its markup, one blank between them."""
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", report.read_text(encoding="utf-8"))).split())


def sample() -> dict[str, Any]:
    chain = ["van life", "Camp Kitchen", "Camping Stoves"]
    reason = {"chain": chain, "events": [], "cause": "intents", "text": "fits your interest"}
    together = {"chain": [], "events": [], "cause": "bought_together", "text": "chosen with Stove"}
    items = [
        {"position": 1, "title": "<b>Stove", "price": 9.5, "reason": reason},
        {"position": 2, "title": "Gas", "price": None, "reason": together},
    ]
    return {
        "variant": "air",
        "model_version": "air-1",
        "snapshot_digest": "d",
        "degraded": ["unknown_candidates:1"],
        "items": items,
    }
