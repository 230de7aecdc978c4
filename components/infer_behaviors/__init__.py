"""Step: behaviors beyond the log of every user, in the lake and in the online store."""
