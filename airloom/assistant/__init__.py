"""Complex requests answered from the catalogue, with reasons that can be checked (ReRec-style).

A request is parsed into conditions (`parsing/`), its claims are checked against the item-attribute graph
(`graph/`), products that meet the conditions are ranked by the user's own ranker, and what is said about each
is taken from the graph.
"""
