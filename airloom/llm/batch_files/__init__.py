"""Questions and answers as JSON Lines: for batch APIs, other lakes and scripts."""
