"""Step: is the new ranker good enough to serve?"""
