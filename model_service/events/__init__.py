"""What users do while the service runs: written durably for tomorrow, visible to their next page."""
