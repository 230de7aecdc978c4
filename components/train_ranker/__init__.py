"""Step: the ranker and the same ranker without intents."""
