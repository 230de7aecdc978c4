"""What is served: models, snapshot and experiment, and how they are exchanged."""
