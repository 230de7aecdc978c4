"""What is known of users: what the feature store keeps, and what happened since."""
