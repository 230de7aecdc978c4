"""Step: a generator of behaviors beyond the log, measured beside its controls and registered."""
