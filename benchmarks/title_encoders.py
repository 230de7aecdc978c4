"""Which encoder the encoder reasoner should read titles with, judged on lifestyles that chose nothing.

    python -m benchmarks.title_encoders [--json FILE]

Half of the sample world's lifestyles, and half of its entertainment, choose MiniLM's share in the joined
encoder and fit the calibration: those are the constants that ship. The other half judges: precision@3 and
weighted recall@3 by language, with 95% bootstrap intervals over lifestyles, and how true the confidences are.
The same is done over for 200 other halves, to see how much choice and gain depend on the half.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]  # has no stubs

from airloom.bench.provenance import commit, machine
from airloom.files import check_writable, write_text
from airloom.intents.joined_encoder import EncoderPart, JoinedEncoder
from airloom.intents.linking.taxonomy import Taxonomy
from airloom.intents.multilingual.encoder import MultilingualEncoder
from airloom.intents.reasoners.calibration import MINILM, Calibration
from airloom.intents.reasoners.title_leaves import leaf_targets, nearest_leaves
from airloom.intents.reasoners.title_sample import SAMPLE
from airloom.intents.reasoners.title_space import TitleSpace
from airloom.intents.sentence_encoder import SentenceEncoder
from airloom.simulation.catalogue import LANGUAGES, load_catalogue
from airloom.simulation.truth import ENTERTAINMENT, load_truth

SHARES: Final = np.round(np.arange(0.0, 1.01, 0.05), 2)
"""MiniLM's shares that are tried; 0 is the multilingual encoder alone, 1 is MiniLM alone."""
FLOORS: Final = np.round(np.arange(0.0, 0.2, 0.01), 2)
MAX_RECALL_LOST: Final = 0.02
"""Share of the weighted recall that the floor may cost on the fitting half."""
SPLITS: Final = 200
RESAMPLES: Final = 2000
BINS: Final = 10


class Answers(NamedTuple):
    """The three best leaves of every video of the sample world.

    Attributes:
        scores: float32 [videos, 3], best first.
        gains: float64 [videos, 3], what the people of the video's lifestyle buy of the leaf; 0 is wrong.
    """

    scores: NDArray[np.float32]
    gains: NDArray[np.float64]

    def precision(self, keep: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the share of right leaves among those kept, [videos]; 0 where none is."""
        kept = keep.sum(axis=1)
        return np.asarray(((self.gains > 0) & keep).sum(axis=1) / np.maximum(kept, 1))

    def recall(self, keep: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the weight of the right leaves among those kept, [videos]."""
        return np.asarray((self.gains * keep).sum(axis=1))


class Remembering:
    """An encoder that encodes each text once, in this process."""

    def __init__(self, encoder: SentenceEncoder | MultilingualEncoder) -> None:
        self.name, self.dimension = encoder.name, encoder.dimension
        self._encoder = encoder
        self._known: dict[str, NDArray[np.float32]] = {}

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the texts' vectors, float32 [len(texts), dimension]."""
        new = sorted({*texts} - self._known.keys(), key=lambda text: (len(text), text))
        self._known.update(zip(new, self._encoder.encode(new), strict=True))
        return np.stack([self._known[text] for text in texts])


def main() -> None:
    """Choose, judge, and print tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, help="where all numbers go")
    options = parser.parse_args()
    if options.json:
        check_writable(options.json)
    results = measure() | {"machine": machine(), "commit": commit()}
    print(json.dumps(results, indent=1, sort_keys=True))
    if options.json:
        write_text(options.json, json.dumps(results, indent=2, sort_keys=True) + "\n")


def measure() -> dict[str, Any]:
    """Return what the first half chose, what the second says of it, and the spread over other halves."""
    answers = read_all()
    fitting = half(seed=0)
    share = choose_share(answers, fitting)
    calibration = calibrate(answers[share], fitting)
    judging = ~fitting
    keep = calibration.confidence(answers[share].scores) >= calibration.min_confidence
    keep_minilm = MINILM.confidence(answers[1.0].scores) >= MINILM.min_confidence
    return {
        "chosen": {"share_of_minilm": share, **calibration._asdict()},
        "held_out": {
            "without_floor": compare(answers, share, judging, {share: None, 1.0: None, 0.0: None}),
            "with_floor": compare(answers, share, judging, {share: keep, 1.0: keep_minilm}),
        },
        "empty": {
            name: {
                "joined": _rounded(1 - keep[rows & judging].any(axis=1).mean()),
                "minilm": _rounded(1 - keep_minilm[rows & judging].any(axis=1).mean()),
            }
            for name, rows in (("lifestyles", ~_is_entertainment()), ("entertainment", _is_entertainment()))
        },
        "calibration": {
            "joined": reliability(answers[share], calibration, judging),
            "joined_with_constants_of_minilm": reliability(answers[share], MINILM, judging),
            "minilm": reliability(answers[1.0], MINILM, judging),
        },
        "other_halves": other_halves(answers),
    }


def read_all() -> dict[float, Answers]:
    """Return the answers of every share of MiniLM, by the reasoner's own method."""
    catalogue, truth = load_catalogue(), load_truth()
    encoders = Remembering(SentenceEncoder()), Remembering(MultilingualEncoder())
    taxonomy = Taxonomy([list(catalogue.leaves[leaf]) for leaf in catalogue.product_leaves])
    columns = {path[-1].lower(): column for column, path in enumerate(catalogue.leaves)}
    weights = truth.weights[:, [columns[path[-1]] for path in taxonomy.leaves]]
    lifestyles = np.maximum(truth.content, 0)[:, None]
    sample = _title_sample(catalogue.content_titles)
    answers = {}
    for share in SHARES.tolist():
        parts = (EncoderPart(encoders[0], share), EncoderPart(encoders[1], 1 - share))
        joined = JoinedEncoder(*(part for part in parts if part.share))
        targets = leaf_targets(taxonomy, joined.encode(list(catalogue.product_titles)))
        titles = TitleSpace(sample, joined).encode(catalogue.content_titles)
        best = nearest_leaves(titles, targets, calibration=MINILM).leaves
        gains = weights[lifestyles, best] * ~_is_entertainment()[:, None]
        answers[share] = Answers(np.take_along_axis(titles @ targets.T, best, axis=1), gains)
    return answers


def half(*, seed: int) -> NDArray[np.bool_]:
    """Return which videos are of a random half of the lifestyles or a random half of the entertainment."""
    truth, random = load_truth(), np.random.default_rng(seed)
    chosen = random.permutation(len(truth.lifestyles))[: len(truth.lifestyles) // 2]
    rows = np.isin(truth.content, chosen)
    entertainment = random.permutation(np.flatnonzero(_is_entertainment()))
    rows[entertainment[: len(entertainment) // 2]] = True
    return np.asarray(rows)


def choose_share(answers: Mapping[float, Answers], rows: NDArray[np.bool_]) -> float:
    """Return MiniLM's share with the best sum of precision and weighted recall on some videos."""
    rows = rows & ~_is_entertainment()

    def quality(share: float) -> float:
        right = answers[share].gains[rows]
        return float((right > 0).mean() + right.sum(axis=1).mean())

    return max(answers, key=quality)


def calibrate(answers: Answers, rows: NDArray[np.bool_]) -> Calibration:
    """Return the calibration of the highest likelihood on some videos, with its floor."""
    scores, right = answers.scores[rows].ravel(), answers.gains[rows].ravel() > 0

    def surprise(parameters: NDArray[np.float64]) -> float:
        logits = (scores - parameters[0]) / parameters[1]
        return float(np.mean(np.logaddexp(0, logits) - right * logits))

    midpoint, scale = (
        round(float(value), 3) for value in minimize(surprise, (0.4, 0.1), method="Nelder-Mead").x
    )
    confidences = Calibration(midpoint, scale, 0.0).confidence(answers.scores)
    recalls = {
        float(floor): float(answers.recall(confidences >= floor)[rows & ~_is_entertainment()].mean())
        for floor in FLOORS
    }
    enough = (1 - MAX_RECALL_LOST) * recalls[0.0]
    return Calibration(midpoint, scale, max(floor for floor, recall in recalls.items() if recall >= enough))


def compare(
    answers: Mapping[float, Answers],
    share: float,
    rows: NDArray[np.bool_],
    kept: Mapping[float, NDArray[np.bool_] | None],
) -> dict[str, Any]:
    """Return precision and weighted recall by language, and the gain of `share` over MiniLM alone."""
    truth, catalogue = load_truth(), load_catalogue()
    names = {share: "joined", 1.0: "minilm", 0.0: "multilingual"}
    everything = np.ones_like(answers[share].gains, np.bool_)
    masks = {own: everything if keep is None else keep for own, keep in kept.items()}
    result: dict[str, Any] = {}
    for language in ("all", *LANGUAGES):
        own = rows & ~_is_entertainment()
        if language != "all":
            own = own & (catalogue.content_languages == LANGUAGES.index(language))
        figures: dict[str, Any] = {"videos": int(own.sum())}
        for measure_name in ("precision", "recall"):
            values = {
                number: getattr(answers[number], measure_name)(keep)[own] for number, keep in masks.items()
            }
            lifestyles = truth.content[own]
            figures[measure_name] = {
                names[number]: interval(value, lifestyles) for number, value in values.items()
            }
            figures[measure_name]["gain"] = interval(values[share] - values[1.0], lifestyles)
        result[language] = figures
    return result


def interval(values: NDArray[np.float64], lifestyles: NDArray[np.int8]) -> list[float]:
    """Return the mean of videos and its 95% bootstrap interval over lifestyles."""
    groups, group_of = np.unique(lifestyles, return_inverse=True)
    sums, counts = np.bincount(group_of, values), np.bincount(group_of)
    drawn = np.random.default_rng(0).integers(0, len(groups), (RESAMPLES, len(groups)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    return [_rounded(value) for value in (values.mean(), *np.percentile(means, (2.5, 97.5)))]


def reliability(answers: Answers, calibration: Calibration, rows: NDArray[np.bool_]) -> dict[str, Any]:
    """Return mean confidence and share of right leaves in bins of alike confidence, and their distance."""
    confidences = calibration.confidence(answers.scores[rows]).ravel()
    right = answers.gains[rows].ravel() > 0
    bins = np.array_split(np.argsort(confidences, kind="stable"), BINS)
    pairs = [[_rounded(confidences[own].mean()), _rounded(right[own].mean())] for own in bins]
    return {
        "bins": pairs,
        "error": _rounded(np.mean([abs(confidence - share) for confidence, share in pairs])),
    }


def other_halves(answers: Mapping[float, Answers]) -> dict[str, Any]:
    """Return the shares that other halves choose and the gains on the halves that they did not see."""
    shares, gains = [], []
    for seed in range(SPLITS):
        fitting = half(seed=seed)
        share = choose_share(answers, fitting)
        own = ~fitting & ~_is_entertainment()
        joined, minilm = answers[share].gains[own], answers[1.0].gains[own]
        shares.append(share)
        gains.append([(joined > 0).mean() - (minilm > 0).mean(), (joined - minilm).sum(axis=1).mean()])
    low, middle, high = np.percentile(gains, (2.5, 50, 97.5), axis=0)
    return {
        "shares": {str(share): shares.count(share) for share in sorted(set(shares))},
        "gain_precision": [_rounded(value) for value in (middle[0], low[0], high[0])],
        "gain_recall": [_rounded(value) for value in (middle[1], low[1], high[1])],
    }


def _title_sample(titles: tuple[str, ...]) -> list[str]:
    return sorted({*titles}, key=lambda title: hashlib.sha256(title.encode()).hexdigest())[:SAMPLE]


@cache
def _is_entertainment() -> NDArray[np.bool_]:
    return np.asarray(load_truth().content == ENTERTAINMENT, np.bool_)


def _rounded(value: float | np.floating[Any]) -> float:
    return round(float(value), 4)


if __name__ == "__main__":
    main()
