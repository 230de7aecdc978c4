"""Step: a language model that reads requests, fine-tuned, and registered if it beats what costs less."""
