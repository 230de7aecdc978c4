"""The Feast repository: entities, sources, views and services; all feature names are written here."""
