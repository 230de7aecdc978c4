"""What users did: the feature store's history, recent events, their ingestion and their erasure."""
