from __future__ import annotations

import numpy as np
import pytest

from airloom.simulation.truth import ENTERTAINMENT, load_truth
from benchmarks.title_encoders import Answers, calibrate, choose_share, half, interval, reliability


def answers(*, chance: float, seed: int = 0) -> Answers:
    """Answers whose scores tell how likely they are right: logistic about .4, of scale .1."""
    random = np.random.default_rng(seed)
    scores = np.sort(random.uniform(0, 0.8, (len(load_truth().content), 3)))[:, ::-1].astype(np.float32)
    right = random.random(scores.shape) < chance / (1 + np.exp((0.4 - scores) / 0.1))
    return Answers(scores, right * 0.1)


def test_a_half_shares_no_lifestyle_with_the_other() -> None:
    content, chosen = load_truth().content, half(seed=0)

    fitting, judging = {*content[chosen]} - {ENTERTAINMENT}, {*content[~chosen]} - {ENTERTAINMENT}

    assert len(fitting) == len(judging) == 32
    assert not fitting & judging
    assert not (half(seed=1) == chosen).all()


def test_the_better_share_is_chosen() -> None:
    read = {0.0: answers(chance=0.5), 0.25: answers(chance=1.0), 1.0: answers(chance=0.5)}

    assert choose_share(read, half(seed=0)) == 0.25


def test_the_calibration_that_the_scores_follow_is_recovered() -> None:
    rows = np.ones(len(load_truth().content), np.bool_)

    calibration = calibrate(answers(chance=1.0), rows)

    assert calibration.midpoint == pytest.approx(0.4, abs=0.01)
    assert calibration.scale == pytest.approx(0.1, abs=0.01)
    assert calibration.min_confidence > 0
    assert reliability(answers(chance=1.0, seed=1), calibration, rows)["error"] < 0.03


def test_intervals_are_over_lifestyles_and_not_over_videos() -> None:
    lifestyles = np.repeat(np.arange(20, dtype=np.int8), 50)
    values = np.repeat(np.random.default_rng(0).normal(size=20), 50)

    mean, low, high = interval(values, lifestyles)

    assert low < mean < high
    assert high - low > 0.5  # 1,000 independent videos would give a quarter of it
