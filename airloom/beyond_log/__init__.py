"""Plausible behaviors that the log does not hold (ReaSeq-style): a masked diffusion model over histories.

Training is `fit_generator.py`, inference `infer.py`; what is compared with it stands behind the same Protocol
(`behavior_source.py`, `controls.py`).
"""
