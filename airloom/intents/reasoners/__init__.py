"""Whatever turns atoms into paths: a sentence encoder, language models, a student of theirs."""
