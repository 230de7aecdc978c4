"""Knowledge cards: what a product is, what it is for and what it goes with, as claims with their sources.

The explicit part of what ReaSeq proposes (ReaSeq-style: its prompts and schema are not public).
"""
