from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest

from airloom.simulation.catalogue import load_catalogue
from airloom.simulation.truth import ENTERTAINMENT, IntentQuality, load_truth, measure_intent_quality


def test_the_truth_holds_what_its_readme_says() -> None:
    truth = load_truth()
    assert len(truth.lifestyles) == 64
    assert np.allclose(truth.weights.sum(axis=1), 1)
    assert np.bincount(truth.content - ENTERTAINMENT).tolist() == [299] + [20] * 64


def right_leaves(object_id: str) -> list[tuple[str, float]]:
    """All leaves of a video's lifestyle, strongest first."""
    catalogue, truth = load_catalogue(), load_truth()
    weights = truth.weights[truth.content[catalogue.content_ids.index(object_id)]]
    order = np.argsort(-weights, kind="stable")
    return [(catalogue.leaves[leaf][-1], float(weights[leaf])) for leaf in order if weights[leaf] > 0]


def test_the_truth_itself_is_perfect_in_hits_and_precision() -> None:
    truth = load_truth()
    ids = [
        object_id
        for object_id, group in zip(load_catalogue().content_ids, truth.content, strict=True)
        if group >= 0
    ]
    quality = measure_intent_quality({object_id: right_leaves(object_id) for object_id in ids})["all"]
    assert quality.videos == 1_280
    assert quality.hit == quality.precision == 1
    assert quality.recall == pytest.approx(
        np.mean([sum(weight for _, weight in right_leaves(object_id)[:3]) for object_id in ids])
    )


def test_only_the_first_three_leaves_count_and_case_does_not() -> None:
    (first, weight), *_ = right_leaves("c0001")
    wrong = [("no such leaf", 0.9), ("cat beds", 0.8), ("dog beds", 0.7)]
    assert measure_intent_quality({"c0001": [*wrong, (first, 0.1)]})["all"] == IntentQuality(1, 0, 0, 0)
    quality = measure_intent_quality({"c0001": [*wrong[:1], (first.upper(), 0.1)]})["all"]
    assert astuple(quality) == (1, 1.0, 0.5, pytest.approx(weight))


def test_an_empty_answer_to_a_lifestyle_video_counts_as_a_miss() -> None:
    perfect = right_leaves("c0001")
    quality = measure_intent_quality({"c0001": perfect, "c0003": []})["all"]
    assert (quality.videos, quality.hit, quality.precision) == (2, 0.5, 0.5)


def test_entertainment_and_unknown_objects_are_left_out() -> None:
    truth, ids = load_truth(), load_catalogue().content_ids
    entertaining = ids[int(np.flatnonzero(truth.content == ENTERTAINMENT)[0])]
    answers = {entertaining: [("Cat Beds", 1.0)], "p0001": [], "c9999": []}
    assert measure_intent_quality(answers)["all"].videos == 0


def test_languages_are_measured_apart() -> None:
    catalogue, truth = load_catalogue(), load_truth()
    chinese = int(np.flatnonzero((catalogue.content_languages == 1) & (truth.content >= 0))[0])
    qualities = measure_intent_quality(
        {"c0001": [], catalogue.content_ids[chinese]: right_leaves(catalogue.content_ids[chinese])}
    )
    assert [qualities[name].videos for name in ("all", "en", "zh", "es")] == [2, 1, 1, 0]
    assert [qualities[name].hit for name in ("all", "en", "zh")] == [0.5, 0, 1]
