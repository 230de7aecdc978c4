"""Step: a version in the model registry and the alias champion."""
