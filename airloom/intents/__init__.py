"""What a user event may foretell: atoms, the reasoners that read them, and the intents they write down."""
