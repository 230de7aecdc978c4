"""What should serve, and how it is loaded, tested and exchanged while the service runs."""
