"""Public datasets as logs in the contract of Airloom."""
