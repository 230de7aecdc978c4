from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from airloom.bench.dataset import Dataset
from airloom.bench.models import ABLATIONS, AIR, BASELINES, COMPETITORS, Competitor, Made, Workshop
from airloom.bench.open_dataset import open_dataset
from airloom.bench.recipes import settings_for
from airloom.bench.results import Results
from airloom.bench.run import BenchSettings, run_bench
from airloom.ranking.fitting.fit import FitSettings
from tests.airloom.bench.small_data import write_events, write_sequences
from tests.airloom.intents.shop import HashingEncoder


def quick(dataset: Dataset) -> BenchSettings:
    models = settings_for(dataset)
    training = models.training
    encoder = replace(training.encoder, fit=FitSettings(epochs=4, learning_rate=1e-2), batch=32)
    small = replace(
        training, encoder=encoder, fit=FitSettings(epochs=12, patience=12, learning_rate=1e-2), negatives=8
    )
    boosted = replace(models.boosted, rounds=10, least_in_leaf=5)
    return BenchSettings(replace(models, training=small, boosted=boosted), seeds=2)


def run(dataset: Dataset, home: Path, competitors: tuple[Competitor, ...], *, jobs: int = 1) -> Results:
    settings = replace(quick(dataset), jobs=jobs)
    return run_bench(
        dataset, competitors, home=home, encoder=HashingEncoder(), intents=None, settings=settings
    )


def without_times(found: object) -> str:
    kept = {"seconds", "seconds_shared", "seconds_training", "seconds_ranking", "memory_mb", "jobs"}

    def pruned(value: object) -> object:
        if isinstance(value, dict):
            return {key: pruned(each) for key, each in value.items() if key not in kept}
        return [pruned(each) for each in value] if isinstance(value, list) else value

    return json.dumps(pruned(found), sort_keys=True)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sequences(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def results(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Results:
    home = tmp_path_factory.mktemp("home")
    return run(open_dataset(data, "food-kitchen"), home, (*BASELINES, *AIR, *ABLATIONS))


def test_every_model_is_judged_on_every_case_with_every_seed(results: Results) -> None:
    found = results.to_json()
    assert [model["name"] for model in found["models"]] == [
        competitor.name for competitor in (*BASELINES, *AIR, *ABLATIONS)
    ]
    for competitor, model in zip((*BASELINES, *AIR, *ABLATIONS), found["models"], strict=True):
        assert model["seeds"] == (2 if competitor.seeded else 1)
        assert sum(model["test"][domain]["targets"] for domain in ("food", "kitchen")) == 30
        assert model["full"]
        assert model["seconds"] >= 0
    assert set(found["dataset"]["recall_at_500"]) == {"union", "alone", "without"}


def test_what_follows_is_learnt_from_training(results: Results) -> None:
    """The next product of a shelf is certain here: whoever learns from order must find it."""
    scores = {model["name"]: model["test"]["all"]["ndcg10"] for model in results.to_json()["models"]}
    assert scores["item_cf"] > scores["popularity"] + 0.2
    assert scores["air"] > scores["popularity"] + 0.2
    assert scores["sasrec"] > scores["popularity"] + 0.2


def test_a_second_run_gives_the_same_numbers_with_any_number_of_processes(data: Path, tmp_path: Path) -> None:
    some = (*BASELINES, AIR[0])
    first, second = (
        run(open_dataset(data, "food-kitchen"), tmp_path, some, jobs=jobs).to_json() for jobs in (1, 2)
    )
    assert without_times(first) == without_times(second)


def test_no_test_row_has_a_part_in_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other test rows, the same models: bit for bit, in a whole run."""
    trained: dict[str, list[list[float]]] = {}
    for name in ("air", "sasrec", "boosted"):
        monkeypatch.setitem(COMPETITORS, name, noting(COMPETITORS[name], trained.setdefault(name, [])))
    some = tuple(COMPETITORS[name] for name in trained)
    scores = []
    for folder in ("as it is", "reversed"):
        data = write_sequences(tmp_path / folder / "data")
        if folder == "reversed":
            rows = [line.split("\t") for line in (data / "test.txt").read_text().splitlines()]
            turned = [f"{user}\t{','.join(reversed(items.split(',')))}\n" for user, items in rows]
            (data / "test.txt").write_text("".join(turned))
        found = run(open_dataset(data, "food-kitchen"), tmp_path / folder, some).to_json()
        scores.append(found["models"][0]["test"]["all"])
    assert scores[0] != scores[1]  # it did read other rows
    for given in trained.values():
        first, second = given[:2], given[2:]  # of two seeds each
        assert first == second
        assert first[0] != first[1]


def noting(competitor: Competitor, scores: list[list[float]]) -> Competitor:
    """The same, and what every ranker that it makes says about all products is noted."""

    def make(workshop: Workshop, seed: int) -> Made:
        made = competitor.make(workshop, seed)
        label, products = workshop.material.labels[0], workshop.material.now.snapshot.products
        found = made.ranker.rank(history=label.history, candidates=products, now=label.now)
        scores.append(found.scores.tolist())
        return made

    return competitor._replace(make=make)


def test_content_and_purchases_are_told_apart(tmp_path: Path) -> None:
    dataset = open_dataset(write_events(tmp_path / "data", users=120), "films")
    found = run(dataset, tmp_path / "home", (BASELINES[0], AIR[0], AIR[1])).to_json()
    assert set(found["models"][0]["test"]) == {"food", "all"}
    assert {pair["minus"] for pair in found["differences"]} == {"air_without_intents"}


def test_answers_of_another_reasoner_take_the_place_of_the_encoders(tmp_path: Path) -> None:
    data = write_sequences(tmp_path / "data")
    answers = tmp_path / "llm.jsonl"
    line = {"id": "food:B003", "paths": [{"labels": ["morning ritual", "food"], "confidence": 0.7}]}
    answers.write_text(json.dumps(line) + "\n", encoding="utf-8")
    dataset = open_dataset(data, "food-kitchen")
    found = run_bench(
        dataset,
        BASELINES[:1],
        home=tmp_path,
        encoder=HashingEncoder(),
        intents=answers,
        settings=quick(dataset),
    ).to_json()
    assert found["dataset"]["versions"]["intents"].startswith("llm-")


def test_valid_cases_are_judged_when_asked_for(tmp_path: Path) -> None:
    dataset = open_dataset(write_sequences(tmp_path / "data"), "food-kitchen")
    settings = replace(quick(dataset), split="valid")
    found = run_bench(
        dataset, BASELINES[:1], home=tmp_path, encoder=HashingEncoder(), intents=None, settings=settings
    ).to_json()
    assert found["dataset"]["split"] == "valid"
    assert (tmp_path / "food-kitchen-valid-negatives.npy").exists()


def test_settings_follow_the_format_not_the_name(tmp_path: Path) -> None:
    sequences = open_dataset(write_sequences(tmp_path / "sequences"), "mine")
    events = open_dataset(write_events(tmp_path / "events"), "mine")
    assert settings_for(sequences).training.ranker.inputs.tree.half_life_days == 4.3
    assert settings_for(events).training.ranker.inputs.tree.half_life_days == 365
