"""Which variant a user gets: a pure function of the experiment and the user, the same at every place."""

from __future__ import annotations

import hashlib

from airloom.experiments.experiment import Experiment, Variant


def hash_bucket(experiment: Experiment, user_id: str) -> float:
    """Return a user's bucket in [0, 1): uniform over users, independent between experiments and salts.

    The first 53 bits of a SHA-256, which are all that a double can hold. Every part is preceded by its
    length, so that ("ab", "c") and ("a", "bc") differ.
    """
    parts = [part.encode() for part in (experiment.salt, experiment.name, user_id)]
    digest = hashlib.sha256(b"".join(len(part).to_bytes(4, "big") + part for part in parts)).digest()
    return float((int.from_bytes(digest[:8], "big") >> 11) / 2**53)


def assign(experiment: Experiment, user_id: str) -> Variant:
    """Return the variant whose share of [0, 1), laid end to end in order, holds the user's bucket."""
    rest = hash_bucket(experiment, user_id)
    for variant in experiment.variants:
        rest -= variant.share
        if rest < 0:
            return variant
    return experiment.variants[-1]  # the shares may add up to a rounding error below 1
