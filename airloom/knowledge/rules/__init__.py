"""Rules cards: what can be said about products without a language model; the control of every other card."""
