from __future__ import annotations

import json
from pathlib import Path

import pytest

from airloom.errors import AirloomError
from benchmarks.serving_page import sections_of

MACHINE = {"processor": "one", "cores": 2}
PERCENTILES = {"p50_ms": 1.25, "p95_ms": 2.5, "p99_ms": 3.5, "p99.9_ms": 9.0}
ROW = {
    "protocol": "http",
    "store": "sqlite",
    "connections": 1,
    "rps": 100.0,
    "most_rps": 180.0,
    "errors": 0.0,
}
LATENCY = {
    "rows": [ROW | PERCENTILES | {"candidates": count} for count in (100, 300)],
    "machine": MACHINE,
}
CATALOGUE = {"given_100_p50_ms": 4.0, "given_300_p50_ms": 6.0, "proposed_p50_ms": 12.0}
SCALE = {
    "catalogues": [CATALOGUE | {"products": size} for size in (10_000, 100_000)],
    "users": [{"users": 10_000, "read_p50_ms": 0.2}],
    "growth": {"given_100_p50_ms by products": 0.02},
    "machine": MACHINE,
}
STAGES = {"stages_ms": {"user": 0.125, "frame": 0.375}}
STRANGER = ROW | PERCENTILES | {"candidates": 100, "state": "strangers", "p99_ms": 0.75} | STAGES
STRANGERS = {
    "rows": [ROW | PERCENTILES | {"candidates": 100, "state": "warm"} | STAGES, STRANGER],
    "floor": {"http": PERCENTILES, "grpc": PERCENTILES | {"p50_ms": 0.62}},
    "ready_s": {"sqlite": 7.31},
    "machine": MACHINE,
}
SOAK = {"memory_series": [[0, 700], [5, 710]], "answers": 34_280, "faults": {}, "machine": MACHINE}


@pytest.mark.parametrize(
    ("result", "title", "shown"),
    [
        (LATENCY, "Latency (result.json)", ["3.5", "processor one, cores 2", "candidates"]),
        (
            STRANGERS,
            "Latency (result.json)",
            ["strangers", "0.75", "ready with sqlite after 7.3 s", "0.62", "user ms", "0.38"],
        ),
        (SCALE, "Growth (result.json)", ["100,000", "0.02", "products"]),
        (SOAK, "Soak (result.json)", ["34280", "resident MiB"]),
    ],
)
def test_each_result_becomes_a_section_with_a_picture(
    tmp_path: Path, result: dict[str, object], title: str, shown: list[str]
) -> None:
    file = tmp_path / "result.json"
    file.write_text(json.dumps(result), encoding="utf-8")
    (section,) = sections_of(file)
    text = str(section)
    assert title in text
    assert "<svg" in text
    for text_shown in shown:
        assert text_shown in text


@pytest.mark.parametrize("content", ["", "[]", '{"models": []}'])
def test_other_files_are_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "odd.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(AirloomError, match=r"odd\.json"):
        sections_of(file)
