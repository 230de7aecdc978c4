"""Which day a scheduled run is about."""
