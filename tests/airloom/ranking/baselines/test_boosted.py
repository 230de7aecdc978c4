from __future__ import annotations

import numpy as np

from airloom.ranking.baselines.boosted import BoostedRanker
from airloom.ranking.candidates.generation import Candidates
from airloom.ranking.evaluation.evaluate import evaluate
from airloom.ranking.evaluation.settings import EvaluationSettings
from airloom.ranking.settings import InputSettings
from airloom.ranking.training.negatives import training_candidates
from airloom.ranking.training.settings import ForestSettings
from tests.airloom.ranking.small_shop import SmallShop, untrained

POPULAR = EvaluationSettings(resamples=20)


def test_it_learns_what_its_features_tell(shop: SmallShop) -> None:
    """Everybody wants one of the three most popular products: popularity is a feature."""
    best = np.argsort(-shop.snapshot.objects.popularity[:240])[:3]
    examples = [shop.example(seed)._replace(target=int(best[seed % 3])) for seed in range(150)]
    candidates = training_candidates(
        examples, shop.snapshot, negatives=10, popular_share=0.0, same_top=False, seed=1
    )
    towers = untrained(shop.snapshot).towers
    ranker = BoostedRanker.fit(
        examples,
        candidates,
        trained_on=shop.snapshot,
        towers=(towers, towers),
        snapshot=shop.snapshot,
        inputs=InputSettings(),
        settings=ForestSettings(rounds=30, min_samples_leaf=5),
        seed=1,
    )
    judged = [shop.example(seed)._replace(target=int(best[seed % 3])) for seed in range(500, 530)]
    assert (
        evaluate({"boosted": ranker}, judged, shop.snapshot, Candidates(shop.snapshot), POPULAR)["models"][
            "boosted"
        ]["hr5"]
        > 0.9
    )
