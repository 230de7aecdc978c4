from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from airloom.bench import model_factory
from airloom.bench.dataset import Dataset
from airloom.bench.model_factory import ModelFactory
from airloom.bench.models import (
    ABLATIONS,
    AIR,
    AIR_WITH_INTENTS,
    BASELINES,
    INFERRED,
    LLM_TEXTS,
    NO_TEXT_TOWER,
    RULES_TEXTS,
    ModelSpec,
)
from airloom.bench.open_dataset import open_dataset
from airloom.bench.recipes import settings_for
from airloom.bench.results import Results
from airloom.bench.run import BenchSettings, run_bench
from airloom.beyond_log.fit_generator import PeriodGenerators, fit_by_period
from airloom.beyond_log.settings import GeneratorSettings, GeneratorTrainingSettings
from airloom.errors import AirloomError
from airloom.ranking.ranker import Ranker
from airloom.ranking.settings import EncoderSettings
from airloom.ranking.training.fit_tower import fit_tower
from airloom.ranking.training.settings import FitSettings
from airloom.ranking.training.training_view import TrainingView
from tests.airloom.bench.small_data import write_events, write_sequences
from tests.airloom.intents.shop import HashingEncoder


def quick(dataset: Dataset) -> BenchSettings:
    models = settings_for(dataset)
    training = models.training
    encoder = replace(training.encoder, fit=FitSettings(epochs=4, learning_rate=1e-2), batch=32)
    small = replace(
        training, encoder=encoder, fit=FitSettings(epochs=12, patience=12, learning_rate=1e-2), negatives=8
    )
    forest = replace(training.forest, rounds=10, min_samples_leaf=5)
    network = GeneratorSettings(width=16, layers=1, heads=2, max_events=8, blanks=2)
    generator = GeneratorTrainingSettings(network, fit=FitSettings(epochs=2), batch=32)
    training = replace(small, forest=forest)
    return BenchSettings(replace(models, training=training, generator=generator), seeds=2)


def run(dataset: Dataset, home: Path, specs: tuple[ModelSpec, ...], *, jobs: int = 1) -> Results:
    settings = replace(quick(dataset), jobs=jobs)
    return run_bench(dataset, specs, home=home, encoder=HashingEncoder(), intents=None, settings=settings)


def without_times(results_json: object) -> str:
    kept = {"seconds", "seconds_shared", "seconds_training", "seconds_ranking", "memory_mb", "jobs"}

    def pruned(value: object) -> object:
        if isinstance(value, dict):
            return {key: pruned(part) for key, part in value.items() if key not in kept}
        return [pruned(part) for part in value] if isinstance(value, list) else value

    return json.dumps(pruned(results_json), sort_keys=True)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sequences(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def results(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Results:
    home = tmp_path_factory.mktemp("home")
    return run(open_dataset(data, "food-kitchen"), home, (*BASELINES, *AIR, *ABLATIONS))


def test_every_model_is_evaluated_on_every_case_with_every_seed(results: Results) -> None:
    results_json = results.to_json()
    assert [model["name"] for model in results_json["models"]] == [
        spec.name for spec in (*BASELINES, *AIR, *ABLATIONS)
    ]
    for spec, model in zip((*BASELINES, *AIR, *ABLATIONS), results_json["models"], strict=True):
        assert model["seeds"] == (2 if spec.seeded else 1)
        assert sum(model["test"][domain]["targets"] for domain in ("food", "kitchen")) == 30
        assert model["full"]
        assert model["seconds"] >= 0
    assert set(results_json["dataset"]["recall_at_500"]) == {"union", "alone", "without"}


def test_what_follows_is_learned_from_training(results: Results) -> None:
    """The next product of a shelf is certain here: a model that learns from order must rank it first."""
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
    scores_of: dict[str, list[list[float]]] = {}
    specs = tuple(recording(spec, scores_of.setdefault(spec.name, [])) for spec in (*BASELINES, AIR[0]))
    scores = []
    for folder, change in (("as it is", _as_it_is), ("changed", _with_other_test_cases)):
        data = change(write(tmp_path / folder / "data"))
        results_json = run(open_dataset(data, "shop"), tmp_path / folder, specs).to_json()
        scores.append(results_json["models"][2]["test"]["all"])
    assert scores[0] != scores[1]  # the cases were others
    for spec in specs:
        recorded, seeds = scores_of[spec.name], 2 if spec.seeded else 1
        assert recorded[:seeds] == recorded[seeds:]
        assert len({tuple(of_seed) for of_seed in recorded}) == seeds


def recording(spec: ModelSpec, scores: list[list[float]]) -> ModelSpec:
    """The same model, whose rankers' scores of all products are recorded."""

    def make(factory: ModelFactory, seed: int) -> Ranker:
        ranker = spec.make(factory, seed)
        label, products = factory.training_data.labels[0], factory.training_data.now.snapshot.products
        ranking = ranker.rank(history=label.history, candidates=products, now=label.now)
        scores.append(ranking.scores.tolist())
        return ranker

    return spec._replace(make=make)


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

    def counted(spec: ModelSpec, *, fails: bool = False) -> ModelSpec:
        def make(factory: ModelFactory, seed: int) -> Ranker:
            if fails:
                raise KeyboardInterrupt
            made.append(f"{spec.name} {seed}")
            return spec.make(factory, seed)

        return spec._replace(make=make)

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
    assert scores["air_one_action_weight"] == scores["air_with_intents"]


def test_inferred_behaviors_are_compared_with_none_and_with_controls_and_nothing_is_fitted_twice(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits: list[int] = []

    def counted(
        before: TrainingView, now: TrainingView, settings: GeneratorTrainingSettings
    ) -> PeriodGenerators:
        fits.append(settings.seed)
        return fit_by_period(before, now, settings)

    monkeypatch.setattr(model_factory, "fit_by_period", counted)
    specs = (AIR_WITH_INTENTS, *INFERRED)
    results_json = run(open_dataset(data, "food-kitchen"), tmp_path, specs).to_json()
    pairs = {(pair["of"], pair["minus"]) for pair in results_json["differences"]}
    assert fits == [0, 1]
    assert {of for of, minus in pairs if minus == "air_with_intents"} == {spec.name for spec in INFERRED}
    compared = {minus for of, minus in pairs if of == "air_inferred"}
    assert compared == {spec.name for spec in specs} - {"air_inferred"}


def test_knowledge_cards_are_compared_with_titles_with_no_text_and_with_controls(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits: list[str] = []

    def counted(view: TrainingView, tower: EncoderSettings, *rest: Any, what: str) -> Any:
        fits.append(f"{what}, {tower.text}")
        return fit_tower(view, tower, *rest, what=what)

    monkeypatch.setattr(model_factory, "fit_tower", counted)
    cards = tmp_path / "cards.jsonl"
    lines = [{"id": f"food:B{row:03}", "attributes": {"type": f"shelf {row // 10}"}} for row in range(20)]
    cards.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    dataset = open_dataset(data, "food-kitchen")
    specs = (AIR_WITH_INTENTS, NO_TEXT_TOWER, *RULES_TEXTS, *LLM_TEXTS)
    results_json = run_bench(
        dataset,
        specs,
        home=tmp_path,
        encoder=HashingEncoder(),
        intents=None,
        settings=replace(quick(dataset), seeds=1),
        cards=cards,
    ).to_json()
    reading = {spec.name for spec in (*RULES_TEXTS, *LLM_TEXTS)}
    pairs = {(pair["of"], pair["minus"]) for pair in results_json["differences"]}
    for minus in ("air_with_intents", "air_no_text_tower"):
        assert reading <= {of for of, other in pairs if other == minus}
    assert fits.count("texts tower before the labels, card") == len(reading)
    assert fits.count("texts tower before the labels, title") == 1
    assert fits.count("ids tower before the labels, title") == 1


def test_cards_about_nothing_of_the_dataset_are_refused(data: Path, tmp_path: Path) -> None:
    cards = tmp_path / "cards.jsonl"
    cards.write_text('{"id": "B003", "attributes": {"type": "tea"}}\n', encoding="utf-8")
    dataset = open_dataset(data, "food-kitchen")
    with pytest.raises(AirloomError, match="none of which is in this dataset"):
        run_bench(
            dataset,
            RULES_TEXTS,
            home=tmp_path,
            encoder=HashingEncoder(),
            intents=None,
            settings=quick(dataset),
            cards=cards,
        )


def test_content_and_purchases_are_told_apart(tmp_path: Path) -> None:
    dataset = open_dataset(write_events(tmp_path / "data", users=120), "films")
    results_json = run(dataset, tmp_path / "home", (BASELINES[0], AIR[0], AIR[2])).to_json()
    assert set(results_json["models"][0]["test"]) == {"food", "all"}
    assert {pair["minus"] for pair in results_json["differences"]} == {"air_without_intents"}


def test_answers_of_another_reasoner_take_the_place_of_the_encoders(tmp_path: Path) -> None:
    data = write_sequences(tmp_path / "data")
    answers = tmp_path / "llm.jsonl"
    line = {"id": "food:B003", "paths": [{"labels": ["morning ritual", "food"], "confidence": 0.7}]}
    answers.write_text(json.dumps(line) + "\n", encoding="utf-8")
    dataset = open_dataset(data, "food-kitchen")
    results_json = run_bench(
        dataset,
        BASELINES[:1],
        home=tmp_path,
        encoder=HashingEncoder(),
        intents=answers,
        settings=quick(dataset),
    ).to_json()
    assert results_json["dataset"]["versions"]["intents"].startswith("llm-")
    assert results_json["dataset"]["answered"] == 1


def test_answers_about_nothing_of_the_dataset_are_refused(tmp_path: Path) -> None:
    dataset = open_dataset(write_sequences(tmp_path / "data"), "food-kitchen")
    answers = tmp_path / "llm.jsonl"
    line = {"id": "B003", "paths": [{"labels": ["morning ritual", "food"], "confidence": 0.7}]}
    answers.write_text(json.dumps(line) + "\n", encoding="utf-8")
    for file, message in (
        (answers, "none of which is in this dataset"),
        (tmp_path / "missing.jsonl", "There is no file"),
    ):
        with pytest.raises(AirloomError, match=message):
            run_bench(
                dataset,
                BASELINES[:1],
                home=tmp_path,
                encoder=HashingEncoder(),
                intents=file,
                settings=quick(dataset),
            )


def test_valid_cases_are_evaluated_when_asked_for(tmp_path: Path) -> None:
    dataset = open_dataset(write_sequences(tmp_path / "data"), "food-kitchen")
    settings = replace(quick(dataset), split="valid")
    results_json = run_bench(
        dataset, BASELINES[:1], home=tmp_path, encoder=HashingEncoder(), intents=None, settings=settings
    ).to_json()
    assert results_json["dataset"]["split"] == "valid"
    assert (tmp_path / "food-kitchen-valid-negatives.npy").exists()


def test_settings_can_be_changed_at_any_depth(tmp_path: Path) -> None:
    dataset = open_dataset(write_sequences(tmp_path / "data"), "mine")
    plain = settings_for(dataset)
    changes = {"training": {"ranker": {"inputs": {"tree": {"half_life_days": 14}}}, "negatives": 9}}
    inputs = replace(plain.training.ranker.inputs, tree=replace(plain.tree, half_life_days=14))
    ranker = replace(plain.training.ranker, inputs=inputs)
    expected = replace(plain, training=replace(plain.training, ranker=ranker, negatives=9))
    assert settings_for(dataset, changes) == expected
    for wrong, message in (
        ({"training": {"soup": 1}}, "no setting training.soup"),
        ({"training": 3}, "is not valid"),
    ):
        with pytest.raises(AirloomError, match=message):
            settings_for(dataset, wrong)


def test_settings_are_accepted_under_their_former_names(tmp_path: Path) -> None:
    dataset = open_dataset(write_sequences(tmp_path / "data"), "mine")
    former = {"shop": {"popularity_half_life_days": 30.0}, "labels": {"most": 10, "of_a_user": 2}}
    settings = settings_for(dataset, former)
    assert settings.catalogue.popularity_half_life_days == 30.0
    assert (settings.labels.max_labels, settings.labels.max_per_user) == (10, 2)


def test_settings_follow_the_format_not_the_name(tmp_path: Path) -> None:
    sequences = open_dataset(write_sequences(tmp_path / "sequences"), "mine")
    events = open_dataset(write_events(tmp_path / "events"), "mine")
    assert settings_for(sequences).training.ranker.inputs.tree.half_life_days == 4.3
    assert settings_for(events).training.ranker.inputs.tree.half_life_days == 365
