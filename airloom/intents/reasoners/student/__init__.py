"""A student of the intent store: what a language model answered, learnt by a table of words."""
