"""The online half: a BentoML service that answers with a ranking, whatever else is broken."""
