"""From a user's events and the intents behind them to an ordered list of products, with reasons."""
