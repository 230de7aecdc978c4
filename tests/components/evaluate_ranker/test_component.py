from __future__ import annotations

import json
from pathlib import Path

from airloom.causes import Cause
from airloom.logs.lake import Lake
from components.page_store import FILE, read_pages
from components.train_ranker.choice import choice_text
from components.train_ranker.tracking import open_client
from tests.components.small_training import TrainingChain
from tests.offline_browser import OfflineBrowser
from tests.traces import traces


def test_four_rankers_are_compared_and_recorded(chain: TrainingChain) -> None:
    result = json.loads(Path(chain.evaluation.path).read_text())
    assert list(result["models"]) == ["air", "air_without_intents", "item_cf", "popularity", "sequence"]
    assert 0 < result["recall"]["union"] <= 1
    assert set(result["recall"]["alone"]) == {"intents", "neighbours", "titles", "popular"}
    assert set(result["differences"]) == {"air_without_intents", "sequence", "item_cf", "popularity"}
    assert chain.numbers["hr10"] == result["models"]["air"]["hr10"]
    recorded = open_client(chain.mlflow_uri).get_run(chain.run_id).data.metrics
    assert recorded["item_cf_ndcg10"] == result["models"]["item_cf"]["ndcg10"]


def test_the_reasons_of_the_evaluation_windows_pages_are_checked(chain: TrainingChain) -> None:
    reasons = json.loads(Path(chain.evaluation.path).read_text())["reasons"]
    assert reasons["products"] == 10 * reasons["pages"] > 0
    assert reasons["true_chains"] == 1.0
    assert 0 < reasons["with_chain"] == reasons["causes"]["intents"]
    assert chain.numbers["reasons_true_chains"] == 1.0
    recorded = open_client(chain.mlflow_uri).get_run(chain.run_id).data.metrics
    assert recorded["reasons_with_chain"] == reasons["with_chain"]
    assert "Are the reasons true?" in Path(chain.report.path).read_text()


def test_the_page_says_the_result_with_pictures(chain: TrainingChain) -> None:
    html = Path(chain.report.path).read_text()
    hr10 = f"{chain.numbers['hr10']:.3f}"
    assert hr10 in html
    assert "AIR without intents" in html
    assert html.count("<svg") == 2


def test_the_page_says_what_serves_and_why(chain: TrainingChain) -> None:
    choice = json.loads(Path(chain.evaluation.path).read_text())["choice"]
    assert choice_text(choice) in Path(chain.report.path).read_text()


def test_the_page_is_whole_without_a_network(
    chain: TrainingChain, browser: OfflineBrowser, tmp_path: Path
) -> None:
    page = browser.open_html(Path(chain.report.path).read_text(), tmp_path)
    assert page.wrong == []
    assert "earlier orders may be in the list" in page.text


def test_a_few_users_pages_are_explained(chain: TrainingChain) -> None:
    stored = read_pages(Lake(chain.lake))
    assert stored is not None
    pages = list(stored.pages.values())
    assert stored.model_version == json.loads(Path(chain.evaluation.path).read_text())["model_version"]
    assert [page["user"] for page in pages] == [f"User {number}" for number in range(1, 7)]
    assert [page["events"] for page in pages] == sorted(page["events"] for page in pages)
    for page in pages:
        titles = [item["title"] for item in page["items"]]
        assert len(titles) == 10
        assert page["position"] == (titles.index(page["ordered"]) + 1 if page["ordered"] in titles else None)
        assert all(Cause(item["cause"]) for item in page["items"])
    assert any(item["events"] for page in pages for item in page["items"])


def test_no_user_is_named(chain: TrainingChain) -> None:
    for file in (chain.evaluation.path, chain.report.path, Lake(chain.lake).path(FILE)):
        assert "u07" not in Path(file).read_text()


def test_what_single_users_did_is_in_no_artifact(chain: TrainingChain) -> None:
    stored = read_pages(Lake(chain.lake))
    assert stored is not None
    shown = {event for page in stored.pages.values() for item in page["items"] for event in item["events"]}
    artifacts = Path(chain.mlflow_uri.removeprefix("sqlite:///")).parent / "artifacts"
    assert traces(artifacts, stored.model_version)
    for event in shown:
        assert traces(artifacts, event) == []
        for artifact in (chain.evaluation, chain.report):
            assert event not in Path(artifact.path).read_text()
