"""The sequence encoder: predicts a user's next product from the order of past events (after SASRec)."""
