"""What is counted from past events: popularity, and products that go together."""
