"""The ranking service on BentoML."""
