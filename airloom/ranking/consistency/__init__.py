"""Whether composed intents say what a reasoner says that reads the whole history."""
