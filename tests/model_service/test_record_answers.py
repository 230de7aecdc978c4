from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from model_service.record_answers import ITEMS, OF_ONE_CALL, main
from tests.model_service.conftest import Shop
from tests.traces import traces


def record(shop: Shop, output: Path, *more: str) -> int:
    words = ["--lake", str(shop.lake), "--mlflow-uri", shop.registry, "--experiment", str(shop.experiment)]
    page = ["--service", "http://127.0.0.1:3000", "--start", "airloom serve", "--index", "index.html"]
    return main([*words, "--output", str(output), *page, *more])


def test_answers_are_those_of_nobody_and_leave_nothing_behind(shop: Shop, tmp_path: Path) -> None:
    before = traces(shop.lake, "")
    assert record(shop, tmp_path / "page.html") == 0
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    (data,) = re.findall(r'id="data">(.*?)</script>', html, flags=re.S)
    answers = json.loads(data)["recording"]["answers"]
    assert len(answers) == html.count('class="example"') > 0
    for answer in answers:
        assert (answer["source"], answer["variant"], answer["degraded"]) == ("rules", "popular", [])
        assert 0 < len(answer["items"]) <= ITEMS
        assert not OF_ONE_CALL & answer.keys()
    assert set(traces(shop.lake, "")) == set(before) | {
        name for name in traces(shop.lake, "") if name.startswith("snapshots/")
    }


def test_answers_recorded_again_are_the_same_bytes(shop: Shop, tmp_path: Path) -> None:
    pages = [tmp_path / "one.html", tmp_path / "two.html"]
    assert [record(shop, page) for page in pages] == [0, 0]
    assert pages[0].read_bytes() == pages[1].read_bytes()


def test_a_lake_without_a_snapshot_is_one_sentence(
    shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert record(shop, tmp_path / "page.html", "--lake", str(tmp_path / "empty")) == 1
    assert not (tmp_path / "page.html").exists()
    assert capsys.readouterr().err.startswith("There is no snapshot yet: ")
