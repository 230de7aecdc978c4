"""From a request's text to its conditions: by rules, or by a language model with the same result type."""
