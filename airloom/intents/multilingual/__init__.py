"""A sentence encoder that reads 16 languages, without a framework: its files, its tokenizer, its network."""
