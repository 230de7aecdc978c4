"""The intent tree of a user, and what is retrieved from it for a candidate."""
