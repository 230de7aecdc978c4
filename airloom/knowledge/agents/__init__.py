"""The language-model agents of knowledge cards: one small task with its own prompt and reply each."""
