"""Training of a ranker: examples, negatives, losses, the training loop with its optimizer, and the stages.

`train.py` is the entry point: it trains the sequence encoder (`fit_encoder.py`, `next_product_task.py`) and
the ranking network (`fit_network.py`); both use the loop of `training_loop.py`.
"""
