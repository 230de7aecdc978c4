"""Step: labels with point-in-time histories, and the snapshots they are read with."""
