"""The log contract, the lake that holds it, and the ways into it."""
