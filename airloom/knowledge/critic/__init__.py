"""The critic of knowledge cards: rules first, then a language model, and neither may add a claim."""
