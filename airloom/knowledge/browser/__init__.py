"""The card browser: one HTML file in which a person reads and compares knowledge cards."""
