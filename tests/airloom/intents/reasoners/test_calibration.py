from __future__ import annotations

import numpy as np
import pytest

from airloom.intents.reasoners.calibration import JOINED, MINILM, Calibration


@pytest.mark.parametrize("calibration", [JOINED, MINILM])
def test_confidence_grows_with_the_score(calibration: Calibration) -> None:
    sure = calibration.confidence(np.array([0.0, calibration.midpoint, 1.0], np.float32))

    assert sure[0] < calibration.min_confidence
    assert sure[1] == pytest.approx(0.5)
    assert sure[2] > 0.95


def test_one_scale_above_the_midpoint_is_a_confidence_of_73_in_100() -> None:
    calibration = Calibration(midpoint=0.3, scale=0.1, min_confidence=0.0)

    assert calibration.confidence(np.array([0.4], np.float32))[0] == pytest.approx(0.731, abs=1e-3)
