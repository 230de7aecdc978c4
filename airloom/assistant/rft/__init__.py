"""Reinforcement fine-tuning of a language model that reads requests, after ReRec (arXiv 2604.07851).

The model writes the reading of a request; the assistant answers by it; the answer is the reward. Products,
prices and reasons never come from the model.
"""
