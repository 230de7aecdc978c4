"""What the shards of a distillation did together."""
