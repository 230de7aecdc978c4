from __future__ import annotations

from airloom.causes import SIGNALS, Cause
from airloom.ranking.inputs import FEATURES
from airloom.ranking.signals import IN_SIGNAL, SIGNAL_FEATURES

SAME_FOR_ALL_PRODUCTS = {"content_events", "commerce_events"}


def test_every_feature_that_tells_products_apart_belongs_to_one_signal() -> None:
    signals = dict(zip(FEATURES, IN_SIGNAL.sum(axis=0).tolist(), strict=True))
    assert {name for name, count in signals.items() if count != 1} == SAME_FOR_ALL_PRODUCTS
    assert not any(signals[name] for name in SAME_FOR_ALL_PRODUCTS)
    assert IN_SIGNAL.any(axis=1).all()


def test_inferred_behaviors_are_the_one_signal_without_features_and_the_last_column() -> None:
    assert (*SIGNAL_FEATURES, Cause.INFERRED) == SIGNALS
