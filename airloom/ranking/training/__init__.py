"""Training of a ranker: examples, negatives, losses, the training loop with its optimizer, and the stages.

`train.py` is the entry point: it trains the towers (`fit_tower.py`, `next_product_task.py`) and the second
stage (`fit_second_stage.py`: `fit_network.py`, `fit_forest.py`, `fit_stack.py`); whatever is fitted by
gradients uses the loop of `training_loop.py`.
"""
