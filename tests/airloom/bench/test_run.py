from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from airloom.bench.dataset import Dataset
from airloom.bench.models import ABLATIONS, AIR, BASELINES, Competitor
from airloom.bench.open_dataset import open_dataset
from airloom.bench.recipes import settings_for
from airloom.bench.results import Results
from airloom.bench.run import BenchSettings, run_bench
from airloom.bench.workshop import Workshop
from airloom.errors import AirloomError
from airloom.ranking.fitting.fit import FitSettings
from airloom.ranking.ranker import Ranker
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
        run(open_dataset(data, "food-kitchen"), tmp_path / f"{jobs}", some, jobs=jobs).to_json()
        for jobs in (1, 2)
    )
    assert without_times(first) == without_times(second)


@pytest.mark.parametrize("write", [write_sequences, partial(write_events, users=160)])
def test_no_test_case_has_a_part_in_training(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    """Other test cases, the same models, bit for bit, in a whole run of each format."""
    said: dict[str, list[list[float]]] = {}
    some = tuple(noting(each, said.setdefault(each.name, [])) for each in (*BASELINES, AIR[0]))
    scores = []
    for folder, change in (("as it is", _as_it_is), ("changed", _with_other_test_cases)):
        data = change(write(tmp_path / folder / "data"))
        found = run(open_dataset(data, "shop"), tmp_path / folder, some).to_json()
        scores.append(found["models"][2]["test"]["all"])
    assert scores[0] != scores[1]  # the cases were others
    for competitor in some:
        given, seeds = said[competitor.name], 2 if competitor.seeded else 1
        assert given[:seeds] == given[seeds:]
        assert len({tuple(each) for each in given}) == seeds


def noting(competitor: Competitor, scores: list[list[float]]) -> Competitor:
    """The same, and what every ranker that it makes says about all products is noted."""

    def make(workshop: Workshop, seed: int) -> Ranker:
        ranker = competitor.make(workshop, seed)
        label, products = workshop.material.labels[0], workshop.material.now.snapshot.products
        found = ranker.rank(history=label.history, candidates=products, now=label.now)
        scores.append(found.scores.tolist())
        return ranker

    return competitor._replace(make=make)


def _as_it_is(data: Path) -> Path:
    return data


def _with_other_test_cases(data: Path) -> Path:
    """Every test target is the same product: whoever saw them would count it as popular."""
    if (data / "test.txt").exists():
        rows = [line.rsplit(",", 1)[0] for line in (data / "test.txt").read_text().splitlines()]
        (data / "test.txt").write_text("".join(f"{row},0\n" for row in rows))
    else:
        head, *events = (data / "events.csv").read_text().splitlines()
        last = {event.split(",")[0]: event for event in events}  # of a user, events are by time
        changed = [
            event.rsplit(",", 1)[0] + ",B000" if event == last[event.split(",")[0]] else event
            for event in events
        ]
        (data / "events.csv").write_text("\n".join([head, *changed]) + "\n")
    return data


def test_a_run_that_was_killed_goes_on(data: Path, tmp_path: Path) -> None:
    made: list[str] = []

    def counted(competitor: Competitor, *, fails: bool = False) -> Competitor:
        def make(workshop: Workshop, seed: int) -> Ranker:
            if fails:
                raise KeyboardInterrupt
            made.append(f"{competitor.name} {seed}")
            return competitor.make(workshop, seed)

        return competitor._replace(make=make)

    dataset = open_dataset(data, "food-kitchen")
    some = (BASELINES[0], BASELINES[5], BASELINES[6])
    with pytest.raises(KeyboardInterrupt):
        run(dataset, tmp_path / "killed", (counted(some[1]), counted(some[2], fails=True)))
    assert made == ["sasrec 0"]
    resumed = run(dataset, tmp_path / "killed", tuple(map(counted, some))).to_json()
    assert made[1:] == ["sasrec_text 0", "sasrec 1", "sasrec_text 1", "popularity 0"]
    whole = run(dataset, tmp_path / "whole", some).to_json()
    assert without_times(resumed) == without_times(whole)
    run(dataset, tmp_path / "killed", tuple(map(counted, some)))
    assert len(made) == 5


def test_memory_is_that_of_each_model(results: Results) -> None:
    assert len({model.measured.memory_mb for model in results.models}) > 1


def test_one_weight_for_all_actions_changes_nothing_where_all_are_orders(results: Results) -> None:
    scores = {model["name"]: model["test"] for model in results.to_json()["models"]}
    assert scores["air_one_action_weight"] == scores["air"]


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
    assert found["dataset"]["answered"] == 1


def test_answers_about_nothing_of_the_dataset_are_refused(tmp_path: Path) -> None:
    dataset = open_dataset(write_sequences(tmp_path / "data"), "food-kitchen")
    answers = tmp_path / "llm.jsonl"
    line = {"id": "B003", "paths": [{"labels": ["morning ritual", "food"], "confidence": 0.7}]}
    answers.write_text(json.dumps(line) + "\n", encoding="utf-8")
    for file, said in (
        (answers, "none of them is in this dataset"),
        (tmp_path / "missing.jsonl", "There is no file"),
    ):
        with pytest.raises(AirloomError, match=said):
            run_bench(
                dataset,
                BASELINES[:1],
                home=tmp_path,
                encoder=HashingEncoder(),
                intents=file,
                settings=quick(dataset),
            )


def test_valid_cases_are_judged_when_asked_for(tmp_path: Path) -> None:
    dataset = open_dataset(write_sequences(tmp_path / "data"), "food-kitchen")
    settings = replace(quick(dataset), split="valid")
    found = run_bench(
        dataset, BASELINES[:1], home=tmp_path, encoder=HashingEncoder(), intents=None, settings=settings
    ).to_json()
    assert found["dataset"]["split"] == "valid"
    assert (tmp_path / "food-kitchen-valid-negatives.npy").exists()


def test_settings_can_be_changed_at_any_depth(tmp_path: Path) -> None:
    dataset = open_dataset(write_sequences(tmp_path / "data"), "mine")
    plain = settings_for(dataset)
    changes = {"training": {"ranker": {"inputs": {"tree": {"half_life_days": 14}}}, "negatives": 9}}
    inputs = replace(plain.training.ranker.inputs, tree=replace(plain.tree, half_life_days=14))
    ranker = replace(plain.training.ranker, inputs=inputs)
    expected = replace(plain, training=replace(plain.training, ranker=ranker, negatives=9))
    assert settings_for(dataset, changes) == expected
    for wrong, said in (
        ({"training": {"soup": 1}}, "no setting training.soup"),
        ({"training": 3}, "is not valid"),
    ):
        with pytest.raises(AirloomError, match=said):
            settings_for(dataset, wrong)


def test_settings_follow_the_format_not_the_name(tmp_path: Path) -> None:
    sequences = open_dataset(write_sequences(tmp_path / "sequences"), "mine")
    events = open_dataset(write_events(tmp_path / "events"), "mine")
    assert settings_for(sequences).training.ranker.inputs.tree.half_life_days == 4.3
    assert settings_for(events).training.ranker.inputs.tree.half_life_days == 365
