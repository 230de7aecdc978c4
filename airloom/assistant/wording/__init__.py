"""Reasons in a language model's words: a sentence is shown only if the catalogue says all that it says."""
