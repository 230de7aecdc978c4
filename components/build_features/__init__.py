"""Step: user histories, object profiles and object intents as Feast sources."""
