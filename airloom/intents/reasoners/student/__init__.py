"""A student of the intent store: a small model trained on what a language model answered."""
